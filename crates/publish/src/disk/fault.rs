//! Has the n-th step to the disk fail, or the process end there, as far as the disk can tell; and other disks than there are.

use std::cell::Cell;
use std::io::{Error, ErrorKind};

/// What happens at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The disk is full, for this step.
    Full,
    /// The process ends: this step is begun, no later one is, and nothing is tidied up.
    Stop,
}

thread_local! {
    static NEXT: Cell<Option<(Fault, usize)>> = const { Cell::new(None) };
    static IGNORES_CASE: Cell<Option<bool>> = const { Cell::new(None) };
    static STOPPED: Cell<bool> = const { Cell::new(false) };
}

/// Runs this with a fault at the step after so many; says whether it was reached.
pub(crate) fn at<T>(fault: Fault, steps: usize, run: impl FnOnce() -> T) -> (T, bool) {
    NEXT.set(Some((fault, steps)));
    STOPPED.set(false);
    let result = run();
    STOPPED.set(false);
    (result, NEXT.take().is_none())
}

pub(crate) fn has_stopped() -> bool {
    STOPPED.get()
}

pub(super) fn step() -> Result<(), Error> {
    if STOPPED.get() {
        return Err(Error::other("stopped"));
    }
    match NEXT.get() {
        None => Ok(()),
        Some((fault, 0)) => {
            NEXT.set(None);
            STOPPED.set(fault == Fault::Stop);
            Err(ErrorKind::StorageFull.into())
        }
        Some((fault, steps)) => {
            NEXT.set(Some((fault, steps - 1)));
            Ok(())
        }
    }
}

/// Runs this on a disk where case means nothing, or something.
pub(crate) fn with_case_ignored<T>(ignored: bool, run: impl FnOnce() -> T) -> T {
    IGNORES_CASE.set(Some(ignored));
    let result = run();
    IGNORES_CASE.set(None);
    result
}

pub(super) fn ignores_case() -> Option<bool> {
    IGNORES_CASE.get()
}
