//! Small worlds with faults of all kinds, each drawn from nothing but its seed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use swarmfetch_manifest::HedgeMode;

use crate::run::{Outcome, play};
use crate::scenario::{
    Application, Faults, Mood, Network, Pages, People, Release, Scenario, Site, Start, Trouble,
    Visitors,
};
use crate::world::AMPLE_MBIT;

/// Most visitors of a small world.
pub const VISITORS_MAX: usize = 16;

/// The small world of a seed.
#[must_use]
pub fn scenario(seed: u64) -> Scenario {
    let mut rng = fastrand::Rng::with_seed(seed ^ 0x5eed);
    let minutes = 1.0 + 2.0 * rng.f64();
    let sites = if rng.u8(..8) == 0 { 2 } else { 1 };
    let mut often = |share: f64, most: f64| {
        if rng.f64() < share {
            most * rng.f64()
        } else {
            0.0
        }
    };
    // Not all at once: what one fault hides, another world shows.
    let faults = Faults {
        liars: often(0.4, 0.3),
        boasters: often(0.2, 0.1),
        droppers: often(0.2, 0.1),
        stallers: often(0.2, 0.1),
        drippers: often(0.2, 0.1),
        flooders: often(0.2, 0.1),
        forgers: often(0.2, 0.1),
        worker_deaths_per_hour: often(0.4, 200.0),
        freezes_per_hour: often(0.3, 60.0),
        breaks_per_hour: often(0.3, 100.0),
    };
    let people = People {
        stay_s: [40.0 + 60.0 * rng.f64(), 0.7],
        think_s: [1.0 + 8.0 * rng.f64(), 0.8],
        not_seeding: 0.4 * rng.f64(),
        vanish: 0.5 * rng.f64(),
        returning: 0.5 * rng.f64(),
        returning_pages: rng.usize(..6),
        held_objects: if rng.bool() { 2_000 } else { rng.usize(4..30) },
        held_beside: if seed.is_multiple_of(3) { 1_500 } else { 0 },
        links: if rng.bool() {
            [6, 12]
        } else {
            [rng.usize(1..4), rng.usize(4..8)]
        },
    };
    let network = Network {
        latency_ms: [1.0, 20.0 + 100.0 * rng.f64()],
        uplink_mbit: [1.0 + 4.0 * rng.f64(), 20.0],
        downlink_mbit: [20.0, 100.0],
        unconnectable: 0.3 * rng.f64(),
        symmetric: 0.3 * rng.f64(),
    };
    Scenario {
        name: format!("world {seed}"),
        about: "A small world drawn from its seed.".into(),
        compare: Vec::new(),
        seed,
        minutes,
        network,
        people,
        faults,
        site: (0..sites)
            .map(|_| site(&mut rng, minutes * 60.0, VISITORS_MAX / sites))
            .collect(),
    }
}

/// What is wrong with a world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Something that must hold did not.
    #[error("{0}")]
    Broken(crate::Violation),
    /// The core panicked.
    #[error("panicked: {0}")]
    Panic(String),
    /// It ran otherwise the second time.
    #[error("a second run with the same seed went otherwise")]
    Unlike,
    /// Its sites could not be published.
    #[error("{0}")]
    Unpublished(crate::Error),
}

impl Fault {
    /// Whether both are the same fault, wherever it showed.
    fn is_like(&self, other: &Fault) -> bool {
        match (self, other) {
            (Fault::Broken(one), Fault::Broken(other)) => one.what == other.what,
            (Fault::Panic(one), Fault::Panic(other)) => one == other,
            (Fault::Unlike, Fault::Unlike) => true,
            _ => false,
        }
    }
}

/// Lets the small world of a seed run, once, or twice to see whether both runs are alike.
///
/// # Errors
/// [`Fault`].
pub fn check(seed: u64, twice: bool) -> Result<Outcome, Fault> {
    let scenario = scenario(seed);
    let outcome = check_scenario(&scenario, seed)?;
    if twice && check_scenario(&scenario, seed)? != outcome {
        return Err(Fault::Unlike);
    }
    Ok(outcome)
}

fn check_scenario(scenario: &Scenario, seed: u64) -> Result<Outcome, Fault> {
    let played = catch_unwind(AssertUnwindSafe(|| play(scenario, seed)));
    let outcome = match played {
        Ok(outcome) => outcome.map_err(Fault::Unpublished)?,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            return Err(Fault::Panic(text.unwrap_or_default()));
        }
    };
    match &outcome.violation {
        Some(violation) => Err(Fault::Broken(violation.clone())),
        None => Ok(outcome),
    }
}

/// Times that a world is made smaller at most.
const SHRINKS_MAX: usize = 200;

/// A world of the same seed with as little in it as still shows the fault.
#[must_use]
pub fn shrink(seed: u64, fault: &Fault) -> Scenario {
    let mut smallest = scenario(seed);
    let mut tries = 0;
    loop {
        let smaller = smaller(&smallest).into_iter().find(|smaller| {
            tries += 1;
            tries <= SHRINKS_MAX
                && check_scenario(smaller, seed).is_err_and(|found| found.is_like(fault))
        });
        match smaller {
            Some(smaller) => smallest = smaller,
            None => return smallest,
        }
    }
}

/// The same world with one thing less, in many ways.
fn smaller(of: &Scenario) -> Vec<Scenario> {
    let mut smaller = Vec::new();
    let mut without = |change: &dyn Fn(&mut Scenario)| {
        let mut changed = of.clone();
        change(&mut changed);
        if changed != *of {
            smaller.push(changed);
        }
    };
    without(&|it| it.site.truncate(1));
    without(&|it| it.faults = Faults::default());
    without(&|it| it.faults.worker_deaths_per_hour = 0.0);
    without(&|it| it.faults.freezes_per_hour = 0.0);
    without(&|it| it.faults.breaks_per_hour = 0.0);
    without(&|it| it.people.vanish = 0.0);
    without(&|it| it.people.not_seeding = 0.0);
    without(&|it| it.people.returning = 0.0);
    without(&|it| it.people.held_beside = 0);
    without(&|it| it.network.unconnectable = 0.0);
    without(&|it| it.network.symmetric = 0.0);
    without(&|it| it.minutes /= 2.0);
    for site in 0..of.site.len() {
        without(&|it| it.site[site].trouble.clear());
        without(&|it| it.site[site].release.clear());
        without(&|it| it.site[site].application = Application::default());
        without(&|it| it.site[site].visitors.count = it.site[site].visitors.count / 2 + 1);
        without(&|it| {
            it.site[site].visitors.count -= usize::from(it.site[site].visitors.count > 1)
        });
        without(&|it| it.site[site].pages.count = it.site[site].pages.count / 2 + 1);
        without(&|it| it.site[site].pages.images /= 2);
        without(&|it| it.site[site].pages.common /= 2);
    }
    smaller
}

fn site(rng: &mut fastrand::Rng, seconds: f64, visitors_max: usize) -> Site {
    let count = rng.usize(3..=visitors_max);
    let application = if rng.u8(..3) == 0 {
        Application {
            boot_kb: 50.0 + 400.0 * rng.f64(),
            scenes_kb: 200.0 + 3_000.0 * rng.f64(),
            scenes: rng.usize(1..5),
            files: rng.usize(1..6),
        }
    } else {
        Application::default()
    };
    let moods = [
        Mood::Fails,
        Mood::Refuses,
        Mood::Hangs,
        Mood::Denies,
        Mood::Ages,
    ];
    let trouble = (0..rng.usize(..3)).map(|_| Trouble {
        mood: moods[rng.usize(..moods.len())],
        from_s: 10.0 + seconds * rng.f64(),
        for_s: 5.0 + 60.0 * rng.f64(),
    });
    let trouble = trouble.collect();
    let release = (0..rng.usize(..3)).map(|_| Release {
        at_s: 5.0 + seconds * rng.f64(),
        changed: 0.3 * rng.f64(),
    });
    let mut release: Vec<Release> = release.collect();
    release.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    Site {
        visitors: Visitors {
            count,
            rush: if rng.bool() { 0.0 } else { rng.f64() },
        },
        // Some are too thin for who comes.
        origin_mbit: match rng.usize(..5) {
            0 => 4.0 + 4.0 * rng.f64(),
            _ => AMPLE_MBIT + 200.0 * rng.f64(),
        },
        origin_latency_ms: 1.0 + 60.0 * rng.f64(),
        start: if rng.bool() {
            Start::Load
        } else {
            Start::Early
        },
        mode: if rng.usize(..4) > 0 {
            HedgeMode::Speed
        } else {
            HedgeMode::Savings
        },
        pages: Pages {
            count: rng.usize(1..12),
            zipf: rng.f64(),
            document_kb: 1.0 + 20.0 * rng.f64(),
            images: rng.usize(..4),
            image_kb: 1.0 + 60.0 * rng.f64(),
            common: rng.usize(..4),
            common_kb: 1.0 + 30.0 * rng.f64(),
        },
        application,
        trouble,
        release,
    }
}
