//! Lets worlds run.

use crate::Error;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::tally::Tally;
use crate::watch::Violation;
use crate::world::{Arm, World};

/// What came of one world in one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The first thing that was wrong, if anything was.
    pub violation: Option<Violation>,
    /// Equal for two runs that were alike in everything that happened.
    pub digest: u64,
    /// How many things happened.
    pub events: u64,
    /// Requests of pages that were answered with bytes from peers: a world without any shows nothing.
    pub from_peers: u64,
}

/// Lets a scenario's world run with the swarm, and watches.
///
/// # Errors
/// [`Error::Publish`] if its sites cannot be published.
pub fn play(scenario: &Scenario, seed: u64) -> Result<Outcome, Error> {
    let mut world = World::new(scenario, seed, Arm::Swarm)?;
    world.run();
    Ok(Outcome {
        violation: world.violation().cloned(),
        digest: world.digest(),
        events: world.events(),
        from_peers: world.tally.wants_from_peers,
    })
}

/// What happened last in a world, a line each, up to what was wrong or to its end.
///
/// # Errors
/// [`Error::Publish`] if its sites cannot be published.
pub fn trace(scenario: &Scenario, seed: u64) -> Result<Vec<String>, Error> {
    let mut world = World::new(scenario, seed, Arm::Swarm)?;
    world.keep_trace();
    world.run();
    Ok(world.into_trace().collect())
}

/// Lets a scenario's world run in both arms, and reports.
///
/// # Errors
/// [`Error::Publish`] if its sites cannot be published; [`Error::Wrong`] if something was wrong in it.
pub fn simulate(scenario: &Scenario, seed: u64) -> Result<Report, Error> {
    let [with, without] = [Arm::Swarm, Arm::Origin].map(|arm| -> Result<Played, Error> {
        let mut world = World::new(scenario, seed, arm)?;
        world.run();
        match world.violation() {
            Some(violation) => Err(Error::Wrong(violation.clone())),
            None => Ok(Played {
                events: world.events(),
                digest: world.digest(),
                tally: world.tally,
            }),
        }
    });
    Ok(Report::new(scenario, seed, &with?, &without?))
}

/// What is left of a world that ran clean: what a report says of it.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) tally: Tally,
    pub(crate) events: u64,
    pub(crate) digest: u64,
}
