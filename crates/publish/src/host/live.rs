//! Publishing again whenever the folder changes.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::bodies::Bodies;
use super::{Host, State};
use crate::output::Output;
use crate::publisher::{Publisher, Summary, now};
use crate::release::Change;
use crate::{Error, folder::Root};

/// A change is published once nothing more has changed for this long: an editor writes twice.
const QUIET: Duration = Duration::from_millis(150);

/// But at the latest after this long: somebody may write all the time.
const QUIET_AT_LATEST: Duration = Duration::from_secs(2);

/// Without a change the folder is looked at this often: heads run out, kept bodies too.
const PERIOD: Duration = Duration::from_secs(600);

/// The same where the system does not tell of changes.
const PERIOD_UNTOLD: Duration = Duration::from_secs(2);

/// A folder that is published again whenever it changes, into a state folder beside it.
#[derive(Debug)]
pub struct Live {
    publisher: Publisher,
    output: Output,
    bodies: Bodies,
    _state: State,
}

impl Live {
    /// Publishes into `state`.
    #[must_use]
    pub fn new(mut publisher: Publisher, state: State) -> Self {
        publisher.keep_bodies(state.folder().join("earlier"));
        Self {
            output: Output::new(state.folder().join("site")),
            bodies: Bodies::new(state.folder().join("bodies")),
            publisher,
            _state: state,
        }
    }

    /// A host that serves the folder and what is published of it.
    #[must_use]
    pub fn host(&self) -> Host {
        Host::new(
            self.publisher.root().clone(),
            self.output.clone(),
            self.publisher.scanner(),
        )
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Root {
        self.publisher.root()
    }

    /// Publishes the folder as it is now.
    ///
    /// # Errors
    /// Whatever [`Error`] says; the version that was there stands.
    pub fn publish(&self) -> Result<Summary, Error> {
        let now = now();
        let made = self.publisher.make(&self.output, now)?;
        if let Some(previous) = made.previous() {
            self.bodies.hand_over(previous, &made.site, &self.output)?;
        }
        made.write(&self.publisher.config, now)?;
        self.bodies.keep(&made.site)?;
        let mut summary = made.summary();
        summary.notes.extend(self.publisher.keep_made(&made));
        Ok(summary)
    }

    /// Publishes whenever the folder changes, in a thread of its own, until the watch is dropped.
    /// `tell` hears of every version that differs and of every failure.
    #[must_use]
    pub fn watch(self, tell: impl Fn(Result<Summary, Error>) + Send + 'static) -> Watch {
        let (changed, changes) = channel();
        let watcher = watcher(self.root().path(), changed.clone()).ok();
        // What changed before the system was asked to tell is seen now.
        let _thread_listens = changed.send(Told::Changed);
        let period = if watcher.is_some() {
            PERIOD
        } else {
            PERIOD_UNTOLD
        };
        let thread = std::thread::spawn(move || self.follow(&changes, period, &tell));
        Watch {
            stop: changed,
            watcher,
            thread: Some(thread),
        }
    }

    fn follow(
        &self,
        changes: &Receiver<Told>,
        period: Duration,
        tell: &impl Fn(Result<Summary, Error>),
    ) {
        let mut last_failure = String::new();
        loop {
            match changes.recv_timeout(period) {
                Ok(Told::Changed) => {
                    if settle(changes) == Told::Stop {
                        return;
                    }
                }
                Ok(Told::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            match self.publish() {
                Ok(summary) => {
                    last_failure.clear();
                    if matches!(summary.change, Change::First | Change::Changed) {
                        tell(Ok(summary));
                    }
                }
                // The same failure every period is told once.
                Err(error) if error.to_string() == last_failure => {}
                Err(error) => {
                    last_failure = error.to_string();
                    tell(Err(error));
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Changed,
    Stop,
}

/// Waits until nothing changes any more.
fn settle(changes: &Receiver<Told>) -> Told {
    let latest = Instant::now() + QUIET_AT_LATEST;
    while Instant::now() < latest {
        match changes.recv_timeout(QUIET) {
            Ok(Told::Changed) => {}
            Ok(Told::Stop) => return Told::Stop,
            Err(_) => break,
        }
    }
    Told::Changed
}

/// Tells of every change below a folder. Reading is no change: we read it ourselves.
fn watcher(folder: &Path, changed: Sender<Told>) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let change = event.map_or(true, |event| !matches!(event.kind, EventKind::Access(_)));
        if change {
            // Nobody listens any more: the watch is being dropped.
            let _stopping = changed.send(Told::Changed);
        }
    })?;
    watcher.watch(folder, RecursiveMode::Recursive)?;
    Ok(watcher)
}

/// A folder being watched; dropping it stops that and waits for a version being written.
#[derive(Debug)]
pub struct Watch {
    stop: Sender<Told>,
    watcher: Option<RecommendedWatcher>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Watch {
    /// Does the system tell of changes, or is the folder looked at every other second?
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.watcher.is_some()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watcher = None;
        let _gone_already = self.stop.send(Told::Stop);
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}
