//! Scripts of the transfer machine: a page fetched from a peer, a page from the origin, a peer served.

use swarmfetch_content::codec::Encode;
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    Buckets, HashPrefix, Have, Interest, Prefixes, Refuse, RefuseReason, RequestId, Scale,
};

use super::{Seed, list};
use crate::transfer::{SAMPLES, kind};

/// One step's bytes; numbers above 255 are written as the script reads them.
fn step(kind: u8, parts: &[u32]) -> Vec<u8> {
    let mut bytes = vec![kind];
    for part in parts {
        match u8::try_from(*part) {
            Ok(part) if part < 128 => bytes.push(part),
            _ => part.encode(&mut bytes),
        }
    }
    bytes
}

/// A seed, a link of the longest frames, and a peer that says hello.
fn met() -> Vec<Vec<u8>> {
    vec![
        vec![1],
        vec![kind::OPEN, 190, 0],
        step(kind::HELLO, &[0, 3, 0]),
    ]
}

/// A frame of the peer.
fn frame(frame: &Frame<'_>) -> Vec<u8> {
    [vec![kind::FRAME, 0], list(&frame.encode())].concat()
}

/// The peer holds much, and tells the bucket of the object that is wanted.
fn from_one_who_holds_much() -> Seed {
    let scale = Scale {
        width: 24,
        depth: 7,
    };
    let member = scale.cut(HashPrefix::of(&SAMPLES[3].object.hash));
    let map = Have {
        reset: false,
        prefixes: Prefixes {
            scale,
            bucket: scale.bucket(member),
            members: vec![member],
        },
    };
    let interest = Interest {
        depth: 7,
        buckets: vec![5, 127],
    };
    script(
        "from-one-who-holds-much",
        met(),
        &[
            frame(&Frame::Buckets(Buckets { scale })),
            step(kind::WANT, &[3, 2]),
            frame(&Frame::Have(map)),
            step(kind::ANSWER, &[0, 0, 0, 16_384, 0]),
            frame(&Frame::Interest(interest)),
        ],
    )
}

fn script(name: &str, begin: Vec<Vec<u8>>, steps: &[Vec<u8>]) -> Seed {
    Seed::new("transfer", name, [begin, steps.to_vec()].concat().concat())
}

pub(super) fn seeds() -> Vec<Seed> {
    let have_all = step(kind::HAVE, &[0, 0x3f]);
    let refuse = Frame::Refuse(Refuse {
        id: RequestId(0),
        reason: RefuseReason::Busy,
        retry_ms: 300,
    });
    let refuse = frame(&refuse);
    let served = [
        step(kind::HELD, &[4, 1]),
        step(kind::VISITOR, &[1]),
        step(kind::REQUEST, &[0, 1, 4, 0, 3, 1]),
        step(kind::READ, &[0, 1]),
        step(kind::COMPRESSED, &[0, 1]),
        step(kind::WRITABLE, &[0, 65_536]),
    ];
    vec![
        script(
            "from-a-peer",
            met(),
            &[
                have_all.clone(),
                step(kind::WANT, &[4, 3]),
                step(kind::ANSWER, &[0, 0, 1, 16_384, 0]),
                step(kind::INFLATED, &[0, 1]),
            ],
        ),
        script(
            "from-a-liar",
            met(),
            &[
                have_all.clone(),
                step(kind::WANT, &[4, 2]),
                step(kind::ANSWER, &[0, 0, 0, 16_384, 1, 20_000, 1]),
                step(kind::SLEEP, &[]),
            ],
        ),
        script(
            "two-pieces",
            met(),
            &[
                have_all.clone(),
                step(kind::WANT, &[5, 2]),
                step(kind::ANSWER, &[0, 0, 0, 16_384, 0]),
                step(kind::ANSWER, &[0, 0, 0, 16_384, 0]),
            ],
        ),
        script(
            "busy",
            met(),
            &[
                have_all.clone(),
                step(kind::WANT, &[3, 2]),
                refuse,
                step(kind::SLEEP, &[]),
                step(kind::ORIGIN, &[0, 0]),
            ],
        ),
        script(
            "from-the-origin",
            vec![vec![2]],
            &[
                step(kind::EXPECTING, &[1000]),
                step(kind::WANT, &[2, 2]),
                step(kind::SLEEP, &[]),
                step(kind::ORIGIN, &[0, 0]),
                step(kind::WANT, &[1, 0]),
                step(kind::ORIGIN, &[0, 1]),
                step(kind::WAIT, &[9000]),
                step(kind::UNWANT, &[0]),
            ],
        ),
        from_one_who_holds_much(),
        script("served", met(), &served),
        script(
            "served-in-part",
            met(),
            &[
                &served[..2],
                &[
                    step(kind::REQUEST, &[0, 1, 4, 1, 1, 0]),
                    step(kind::READ, &[0, 1]),
                    step(kind::HEAD_SEEN, &[7]),
                    step(kind::CLOSE, &[0, 1]),
                ],
            ]
            .concat(),
        ),
    ]
}
