//! What can happen to the machine, and how likely it is.

use proptest::prelude::*;

/// One thing that happens. Indices are taken modulo what there is.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Want {
        object: usize,
        text: bool,
        urgent: bool,
    },
    /// From this group on so many.
    WantPart(usize, u64, u64),
    Unwant(usize),
    Open {
        peer: u8,
    },
    CloseLink(usize),
    Lied(usize),
    Hello(usize, u8),
    Have(usize, bool, Vec<usize>),
    HaveNot(usize, usize),
    /// It holds much, in 2^`depth` buckets.
    Buckets(usize, u8),
    /// The map of an object's bucket among 2^`depth`, with the object or without.
    Map(usize, u8, usize, bool),
    Interest(usize, u8, Vec<u32>),
    WantList(usize, Vec<usize>, u8),
    HavePart(usize, usize, u8),
    HeldSegment(usize, u64),
    /// We ask what links know of so many keys.
    Prove(usize, bool),
    /// A link asks, of so many keys.
    Asks(usize, u32, usize),
    /// A link answers the question of this number, with so many bytes.
    Proved(usize, u32, usize),
    /// We answer.
    Known(usize, usize),
    /// A true beginning of the answer to an open request, perhaps said to be compressed.
    Begin(usize, usize, bool),
    /// True bytes of an answer that was begun, so many.
    Continue(usize, usize, usize),
    /// A whole true answer.
    Answer(usize, usize),
    Refuse(usize, usize, u8),
    /// A false answer: wrong lengths, groups or bytes.
    Falsify(usize, usize, u8),
    /// Mostly for groups that are there (not if `wild`), mostly of a new number (not if `again`).
    Request {
        link: usize,
        again: bool,
        wild: bool,
        object: usize,
        start: u64,
        count: u64,
        deflate: bool,
    },
    Cancel(usize, u32),
    Head(usize, u64),
    Garbage(usize, Vec<u8>),
    Writable(usize, u64),
    Expecting(u64),
    OriginGood(usize),
    OriginOther(usize, bool),
    OriginCame(usize, u64),
    Read(usize, bool),
    Compressed(usize, u8),
    Inflated(usize, u8),
    Held(usize),
    Dropped(usize),
    Visitor(bool),
    HeadSeen(u64),
    Wait(u64),
    Sleep,
}

pub(super) fn event() -> impl Strategy<Value = Event> {
    let index = any::<usize>;
    prop_oneof![
        9 => (index(), any::<bool>(), any::<bool>())
            .prop_map(|(object, text, urgent)| Event::Want { object, text, urgent }),
        3 => (index(), 0u64..80, 1u64..70).prop_map(|(object, start, count)| Event::WantPart(object, start, count)),
        2 => index().prop_map(Event::Unwant),
        4 => any::<u8>().prop_map(|peer| Event::Open { peer }),
        1 => index().prop_map(Event::CloseLink),
        1 => index().prop_map(Event::Lied),
        1 => (index(), any::<u8>()).prop_map(|(link, peer)| Event::Hello(link, peer)),
        12 => (index(), any::<bool>(), prop::collection::vec(index(), 0..8))
            .prop_map(|(link, reset, objects)| Event::Have(link, reset, objects)),
        1 => (index(), index()).prop_map(|(link, object)| Event::HaveNot(link, object)),
        2 => (index(), 0..4u8).prop_map(|(link, depth)| Event::Buckets(link, depth)),
        4 => (index(), 0..4u8, index(), any::<bool>())
            .prop_map(|(link, depth, object, held)| Event::Map(link, depth, object, held)),
        1 => (index(), 0..4u8, prop::collection::vec(0..9u32, 0..5))
            .prop_map(|(link, depth, buckets)| Event::Interest(link, depth, buckets)),
        3 => (index(), prop::collection::vec(index(), 0..8), any::<u8>())
            .prop_map(|(link, objects, segments)| Event::WantList(link, objects, segments)),
        4 => (index(), index(), any::<u8>())
            .prop_map(|(link, object, segments)| Event::HavePart(link, object, segments)),
        2 => (index(), 0u64..3).prop_map(|(object, segment)| Event::HeldSegment(object, segment)),
        2 => (0usize..80, any::<bool>()).prop_map(|(keys, urgent)| Event::Prove(keys, urgent)),
        2 => (index(), 0u32..9, 0usize..33).prop_map(|(link, number, keys)| Event::Asks(link, number, keys)),
        2 => (index(), 0u32..9, 0usize..300).prop_map(|(link, number, bytes)| Event::Proved(link, number, bytes)),
        2 => (index(), 0usize..40_000).prop_map(|(question, bytes)| Event::Known(question, bytes)),
        3 => (index(), index(), any::<bool>())
            .prop_map(|(link, request, deflate)| Event::Begin(link, request, deflate)),
        4 => (index(), index(), 1usize..65_000)
            .prop_map(|(link, request, bytes)| Event::Continue(link, request, bytes)),
        16 => (index(), index()).prop_map(|(link, request)| Event::Answer(link, request)),
        2 => (index(), index(), any::<u8>())
            .prop_map(|(link, request, reason)| Event::Refuse(link, request, reason)),
        1 => (index(), index(), any::<u8>())
            .prop_map(|(link, request, how)| Event::Falsify(link, request, how)),
        12 => (
            (index(), prop::bool::weighted(0.02), prop::bool::weighted(0.03)),
            (index(), 0u64..70, 0u64..70, any::<bool>()),
        )
            .prop_map(|((link, again, wild), (object, start, count, deflate))| {
                Event::Request { link, again, wild, object, start, count, deflate }
            }),
        1 => (index(), 0u32..40).prop_map(|(link, id)| Event::Cancel(link, id)),
        1 => (index(), 0u64..9).prop_map(|(link, version)| Event::Head(link, version)),
        1 => (index(), prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(link, bytes)| Event::Garbage(link, bytes)),
        3 => (index(), 0u64..300_000).prop_map(|(link, bytes)| Event::Writable(link, bytes)),
        2 => (0u64..20_000).prop_map(Event::Expecting),
        2 => index().prop_map(Event::OriginGood),
        2 => (index(), any::<bool>()).prop_map(|(want, fails)| Event::OriginOther(want, fails)),
        6 => (index(), 0u64..20_000).prop_map(|(want, bytes)| Event::OriginCame(want, bytes)),
        9 => (index(), prop::bool::weighted(0.9)).prop_map(|(job, found)| Event::Read(job, found)),
        6 => (index(), any::<u8>()).prop_map(|(job, how)| Event::Compressed(job, how)),
        6 => (index(), any::<u8>()).prop_map(|(job, how)| Event::Inflated(job, how)),
        2 => index().prop_map(Event::Held),
        1 => index().prop_map(Event::Dropped),
        1 => prop::bool::weighted(0.8).prop_map(Event::Visitor),
        1 => (0u64..9).prop_map(Event::HeadSeen),
        4 => (0u64..3_000).prop_map(Event::Wait),
        4 => Just(Event::Sleep),
    ]
}
