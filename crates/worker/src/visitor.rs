//! What the visitor allows.

use std::cell::Cell;

use crate::platform;

#[derive(Default)]
pub(crate) struct Visitor {
    opted_out: Cell<bool>,
    paused: Cell<bool>,
}

impl Visitor {
    /// May links be made at all?
    pub(crate) fn may_link(&self) -> bool {
        !self.opted_out.get() && !self.paused.get()
    }

    /// May anything be sent to others? Not for a visitor who saves data.
    pub(crate) fn may_upload(&self) -> bool {
        self.may_link() && !platform::saves_data()
    }

    pub(crate) fn opted_out(&self) -> bool {
        self.opted_out.get()
    }

    pub(crate) fn set_opted_out(&self, yes: bool) {
        self.opted_out.set(yes);
    }

    /// For this worker's life.
    pub(crate) fn set_paused(&self, yes: bool) {
        self.paused.set(yes);
    }
}
