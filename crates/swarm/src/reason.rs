//! Every reason to wake the machine.

/// Why [`next_timeout`](crate::Swarm::next_timeout) names a moment. For tests and traces; the shell just sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A link has not said hello.
    LinkSilent,
    /// A link lets a request wait longer than is usual for it: the origin is asked as well.
    Hedge,
    /// A link lets a request wait for its first or next byte too long: other links are asked, and it rests.
    LinkLate,
    /// A link that rested, or was busy, may be asked again.
    LinkRested,
    /// Held objects wait to be announced.
    Announce,
    /// A want waits no longer for somebody who holds its object.
    NoHolder,
    /// A want takes too long, whatever its links do.
    Overdue,
    /// The origin lets a want wait: peers who turned up meanwhile are asked.
    OriginLate,
    /// Somebody who asks a busy origin for the same is waited for no longer.
    Yielded,
    /// What we wait for is to be told.
    WantList,
    /// The origin failed and no peer helped: its answer is passed on.
    GiveUp,
    /// No dial under way can succeed any more.
    NoneExpected,
    /// The shell did not answer a question.
    JobLate,
}
