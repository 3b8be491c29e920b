//! What a peer does: wants, picking, hedging and seeding, as a sans-IO machine.
//!
//! # Goals
//! * Every want ends exactly once, whatever links, origin, shell and clock do.
//! * Never slower than without: the origin is asked as soon as peers are absent or late, and what is complete first
//!   wins. With honest peers the origin is left in peace.
//! * Only [`VerifiedBytes`](swarmfetch_content::VerifiedBytes) come out, be it to a page or to a peer.
//! * Bounded: each byte from a peer was asked for or fits a small allowance, each list has a limit ([`limits`]).
//!
//! # Non-goals
//! Sockets, stores, clocks, URLs, signatures: the shell's and `manifest`'s. How peers meet: [`meet`].
//!
//! # The contract
//! [`Swarm`] reads no clock and draws no random numbers: time is an argument, the seed is given, and equal inputs give
//! equal outputs. A shell runs one loop:
//!
//! 1. **One mutation**: [`Swarm::handle`] with one [`Input`], in the order in which things happened.
//! 2. **Drain**: [`Swarm::poll`] until it gives `None`, doing each [`Output`] in order. Nothing need be finished before
//!    the next step: answers come back as inputs with the want, link or ticket of their question.
//! 3. **Sleep** until [`Swarm::next_timeout`] (which any `handle` may move, in both directions) or the next event;
//!    at that time hand in [`Input::Timeout`]. Being late is harmless, time never runs backwards.
//!
//! | output | the shell | answers with |
//! |---|---|---|
//! | `FetchOrigin` | fetches with the page's request, hashes the whole body | `OriginVerified` or `OriginOther` |
//! | `Send` | hands the frame to the link | `LinkWritable`, when it has left |
//! | `StoreRead` | reads and verifies | `StoreRead`, `None` if it cannot |
//! | `StoreWrite` | writes | `Held`, once it is written |
//! | `Compress`, `Decompress` | does so | `Compressed`, `Decompressed` |
//! | `HeadHeard` | verifies | `HeadSeen` or `LinkLied` |
//! | `Deliver`, `DeliverOrigin`, `Fail` | answers the page | nothing: the want has ended |
//! | `Close` | closes the link | nothing: the link is forgotten |
//!
//! An origin fetch that never answers keeps its want open (peers may still end it): the shell's fetch has its own
//! deadline. Questions with a ticket have one here, [`limits::JOB_MS`].
//!
//! State here is soft. A shell that was stopped makes a new machine, says `Held` and `Visitor` again, and `LinkOpened`
//! for links that outlived it: the hello that follows has the other end begin anew too, and ask again for what was lost.
//!
//! # The way of a want
//! Each link says what it holds: all of it, or, where that is much, those buckets of it that somebody wants something of. To learn
//! of one takes a round trip, for which a want waits that nobody else can answer.
//!
//! Links that say they hold the object are asked, in pieces of at most 1 MiB, each piece of the link that will probably
//! be done first; whoever would be slower than the origin, with all that it has to bring already, is left out. A link that takes longer than is usual for it
//! (its own times decide, as in TCP's retransmission timer, RFC 6298; before it has any, the origin's) makes the origin be
//! asked *as well*, and for some time beside every link where it proves to be sooner; one that lets a longer deadline pass rests, and others are asked. Nobody holds it: the origin at once; unless links
//! are just opening, then after [`limits::NO_HOLDER_MS`]. The origin failed: peers have until `give_up`. Wants for one
//! object share one transfer and ask the origin one at a time.
//!
//! # Example
//! Nobody is there, so the origin is asked; it gives what the tree says, which goes to the page and to the store.
//! ```
//! use swarmfetch_content::{ObjectId, verify_whole};
//! use swarmfetch_swarm::{Config, Input, Millis, Output, PeerId, Swarm, WantId};
//!
//! let mut swarm = Swarm::new(Config::new([7; 16], PeerId([1; 20])), 42);
//! let (want, object) = (WantId(1), ObjectId::of(b"an island"));
//! swarm.handle(Millis(0), Input::Want { want, object, compressible: true, urgent: true, savings: false })?;
//! assert!(matches!(swarm.poll(), Some(Output::FetchOrigin { .. })));
//! assert!(swarm.poll().is_none());
//!
//! let bytes = verify_whole(object, b"an island".to_vec())?;
//! swarm.handle(Millis(80), Input::OriginVerified { want, bytes })?;
//! assert!(matches!(swarm.poll(), Some(Output::Deliver { .. })));
//! assert!(matches!(swarm.poll(), Some(Output::StoreWrite { .. })));
//! assert!(swarm.poll().is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Units
//! Times in milliseconds ([`Millis`] for moments), lengths in bytes unless a name says groups.

mod announcer;
mod ask;
pub mod config;
pub mod counters;
mod credit;
pub mod error;
mod haves;
mod held;
pub mod ids;
pub mod input;
pub mod limits;
pub mod link;
mod machine;
pub mod meet;
mod origin_load;
mod origin_pace;
pub mod output;
mod pace;
mod peer;
mod piece;
pub mod reason;
mod rest;
mod segments;
mod serve;
mod transfer;
mod want_list;

pub use config::Config;
pub use counters::Counters;
pub use error::Misuse;
pub use ids::{Ticket, WantId};
pub use input::{Inflated, Input, OriginAnswer};
pub use link::LinkId;
pub use machine::Swarm;
pub use output::{CloseReason, FailReason, Output, Source, Violation};
pub use reason::Reason;
pub use swarmfetch_wire::Millis;
pub use swarmfetch_wire::frame::PeerId;
