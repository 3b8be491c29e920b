//! The names of wants and questions.

/// One want of one page, named by the shell. A number is never given twice in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WantId(pub u64);

/// A question to the shell, named by the machine: the answer carries the same ticket. An answer with a ticket that is
/// not open any more is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);
