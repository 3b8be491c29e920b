//! What happens next, as the script has it. Indices are taken modulo what there is; what is not there does not happen.

use swarmfetch_content::codec::Reader;
use swarmfetch_content::{GroupRange, Proof, verify_whole};
use swarmfetch_swarm::{Inflated, Input, LinkId, OriginAnswer, PeerId, WantId};
use swarmfetch_wire::Frame;
use swarmfetch_wire::frame::{
    ClaimedGroups, ClaimedId, Data, Encoding, HashPrefix, Have, Hello, HelloKind, Part, Prefixes,
    Request, RequestId, Slice, WantList,
};
use swarmfetch_wire::limits::PROTOCOL;

use super::shell::{Link, SAMPLES, Shell, sample_of};
use crate::content::edit;

/// Links that are open at once.
const LINKS_MAX: usize = 4;

/// Wants of one input.
const WANTS_MAX: u64 = 64;

/// The kinds of what happens; anything above is a frame.
pub(crate) mod kind {
    pub(crate) const WANT: u8 = 0;
    pub(crate) const UNWANT: u8 = 1;
    pub(crate) const OPEN: u8 = 2;
    pub(crate) const CLOSE: u8 = 3;
    pub(crate) const HELLO: u8 = 4;
    pub(crate) const HAVE: u8 = 5;
    pub(crate) const ANSWER: u8 = 6;
    pub(crate) const REQUEST: u8 = 7;
    pub(crate) const WRITABLE: u8 = 8;
    pub(crate) const ORIGIN: u8 = 9;
    pub(crate) const READ: u8 = 10;
    pub(crate) const COMPRESSED: u8 = 11;
    pub(crate) const INFLATED: u8 = 12;
    pub(crate) const HELD: u8 = 13;
    pub(crate) const VISITOR: u8 = 14;
    pub(crate) const EXPECTING: u8 = 15;
    pub(crate) const WAIT: u8 = 16;
    pub(crate) const SLEEP: u8 = 17;
    pub(crate) const HEAD_SEEN: u8 = 18;
    pub(crate) const FRAME: u8 = 19;
}

/// One thing happens; none when the script is at its end.
pub(super) fn step(shell: &mut Shell, script: &mut Reader<'_>) -> Option<()> {
    match script.read::<u8>()? {
        kind::WANT => want(shell, script.read()?, script.read()?),
        kind::UNWANT => {
            if let Some(want) = nth(shell.wants.keys(), script.read()?) {
                // Its end is noted first: no word about it may follow but this.
                shell.wants.remove(&want);
                shell.tell(Input::Unwant { want });
                assert!(!shell.fetching.contains(&want));
            }
        }
        kind::OPEN => open(shell, script.read()?, script.read()?),
        kind::CLOSE => {
            if let Some(link) = nth(shell.links.keys(), script.read()?) {
                if script.read::<u8>()? % 2 == 0 {
                    shell.links.remove(&link);
                    shell.tell(Input::LinkClosed { link });
                } else {
                    shell.tell(Input::LinkLied { link });
                }
            }
        }
        kind::HELLO => {
            let (link, peer, kind) = (script.read()?, script.read::<u8>()?, script.read::<u8>()?);
            let hello = Hello {
                protocol: PROTOCOL,
                site: [7; 16],
                version: u64::from(peer % 5),
                peer: PeerId([peer; 20]),
                kind: [HelloKind::First, HelloKind::Answer, HelloKind::Again]
                    [usize::from(kind) % 3],
                number: u32::from(kind) / 3,
            };
            say(shell, link, &Frame::Hello(hello));
        }
        kind::HAVE => {
            let (link, which) = (script.read()?, script.read::<u8>()?);
            let chosen = |(n, _): &(usize, _)| which >> n & 1 == 1;
            let chosen = SAMPLES.iter().enumerate().filter(chosen);
            let mut prefixes = chosen.map(|(_, sample)| HashPrefix::of(&sample.object.hash));
            let part = |prefix| Part {
                prefix,
                segments: vec![which],
            };
            // The same bytes tell what is held, all of it or in part, or what is waited for.
            let frame = match (which >> 6, prefixes.next()) {
                (1, Some(prefix)) => Frame::HavePart(part(prefix)),
                (2, first) => Frame::WantList(WantList {
                    parts: first.map(part).into_iter().collect(),
                    prefixes: prefixes.collect(),
                }),
                (reset, first) => Frame::Have(Have {
                    reset: reset == 3,
                    prefixes: Prefixes::whole(first.into_iter().chain(prefixes)),
                }),
            };
            say(shell, link, &frame);
        }
        kind::ANSWER => answer(shell, script)?,
        kind::REQUEST => request(shell, script)?,
        kind::WRITABLE => {
            let (link, bytes) = (script.read()?, script.read::<u32>()?.into());
            if let Some(link) = nth(shell.links.keys(), link) {
                shell.tell(Input::LinkWritable { link, bytes });
            }
        }
        kind::FRAME.. => {
            let (link, frame) = (script.read()?, script.read::<&[u8]>()?);
            if let Some(link) = nth(shell.links.keys(), link) {
                shell.hear(link, frame.to_vec());
            }
        }
        kind => shells_own(shell, kind, script)?,
    }
    Some(())
}

/// What origin, store, visitor and clock do.
fn shells_own(shell: &mut Shell, kind: u8, script: &mut Reader<'_>) -> Option<()> {
    match kind {
        kind::ORIGIN => origin(shell, script.read()?, script.read()?),
        kind::READ => {
            let (job, is_there) = (script.read()?, script.read::<u8>()? % 4 != 0);
            if let Some((ticket, object)) = take(&mut shell.reads, job) {
                let sample = &SAMPLES[sample_of(object)?];
                let bytes = verify_whole(object, sample.bytes.clone()).expect("true");
                let proof = sample.outboard.proof(object.all()).expect("all of it");
                let found = is_there.then_some((bytes, proof));
                shell.tell(Input::StoreRead { ticket, found });
                if !is_there {
                    // The answer may have come too late to be heard.
                    shell.tell(Input::Dropped(vec![object]));
                    shell.held.remove(&object);
                }
            }
        }
        kind::COMPRESSED => {
            let (job, can) = (script.read()?, script.read::<u8>()? % 4 != 0);
            if let Some((ticket, plain)) = take(&mut shell.compressions, job) {
                let bytes = can.then(|| miniz_oxide::deflate::compress_to_vec(&plain, 1));
                shell.tell(Input::Compressed { ticket, bytes });
            }
        }
        kind::INFLATED => {
            let (job, can) = (script.read()?, script.read::<u8>()? % 4 != 0);
            if let Some((ticket, bytes, len)) = take(&mut shell.inflations, job) {
                let inflated = if can {
                    miniz_oxide::inflate::decompress_to_vec_with_limit(&bytes, len)
                        .map_or(Inflated::Corrupt, Inflated::Bytes)
                } else {
                    Inflated::Unable
                };
                shell.tell(Input::Decompressed { ticket, inflated });
            }
        }
        kind::HELD => {
            let (which, is_held) = (script.read::<u8>()?, script.read::<u8>()? % 4 != 0);
            let object = SAMPLES[usize::from(which) % SAMPLES.len()].object;
            if is_held {
                shell.held.insert(object);
                shell.tell(Input::Held(vec![object]));
            } else {
                shell.tell(Input::Dropped(vec![object]));
                shell.held.remove(&object);
            }
        }
        kind::VISITOR => {
            let may_upload = script.read::<u8>()? % 4 != 0;
            shell.tell(Input::Visitor { may_upload });
        }
        kind::EXPECTING => {
            let ms = script.read::<u16>()?.into();
            let (until, probably) = (shell.now.after(ms), shell.now.after(ms / 3));
            let estimate = shell.now.after(ms / 9);
            shell.tell(Input::Expecting {
                until,
                probably,
                estimate,
            });
        }
        kind::WAIT => shell.now = shell.now.after(script.read::<u16>()?.into()),
        kind::SLEEP => shell.sleep(),
        _ => {
            let version = script.read::<u8>()?.into();
            let (head, record) = (vec![1; 300], vec![2; 200]);
            shell.tell(Input::HeadSeen {
                version,
                head,
                record,
            });
        }
    }
    Some(())
}

fn say(shell: &mut Shell, link: u8, frame: &Frame<'_>) {
    if let Some(link) = nth(shell.links.keys(), link) {
        shell.hear(link, frame.encode());
    }
}

fn want(shell: &mut Shell, which: u8, flags: u8) {
    let want = WantId(shell.wants_made);
    if shell.wants_made == WANTS_MAX {
        return;
    }
    shell.wants_made += 1;
    let object = SAMPLES[usize::from(which) % SAMPLES.len()].object;
    let part = flags & 4 == 4 && object.groups() > 1;
    let groups = GroupRange::new(1, 2).ok().filter(|_| part);
    shell.wants.insert(want, (object, groups));
    if let Some(groups) = groups {
        shell.tell(Input::WantPart {
            want,
            object,
            groups,
            compressible: flags & 1 == 1,
            savings: flags & 8 == 8,
        });
        return;
    }
    shell.tell(Input::Want {
        want,
        object,
        compressible: flags & 1 == 1,
        urgent: flags & 2 == 2,
        savings: flags & 8 == 8,
    });
}

fn open(shell: &mut Shell, size: u8, flags: u8) {
    if shell.links.len() == LINKS_MAX {
        return;
    }
    let link = LinkId(shell.links_made);
    shell.links_made += 1;
    let frame_bytes_max = 16_000 + 250 * usize::from(size);
    shell.links.insert(link, Link::new(frame_bytes_max));
    shell.tell(Input::LinkOpened {
        link,
        frame_bytes_max,
        outlived: flags % 2 == 1,
    });
}

fn origin(shell: &mut Shell, which: u8, how: u8) {
    let Some(want) = nth(shell.fetching.iter(), which) else {
        return;
    };
    if how >= 0xc0 {
        let bytes = u64::from(how & 0x3f) * 1000;
        return shell.tell(Input::OriginCame { want, bytes });
    }
    shell.fetching.remove(&want);
    let answer = match how % 3 {
        0 => {
            let sample = sample_of(shell.wants[&want].0).expect("only samples are wanted");
            let Some(sample) = SAMPLES.get(sample) else {
                return;
            };
            let bytes = verify_whole(sample.object, sample.bytes.clone()).expect("true");
            return shell.tell(Input::OriginVerified { want, bytes });
        }
        1 => OriginAnswer::Failed,
        _ => OriginAnswer::Final,
    };
    shell.tell(Input::OriginOther { want, answer });
}

/// A peer answers a request of the machine, truly but for what the script flips or leaves out.
fn answer(shell: &mut Shell, script: &mut Reader<'_>) -> Option<()> {
    let (link, which, how) = (script.read()?, script.read()?, script.read::<u8>()?);
    let (data_bytes, edits) = (script.read::<u16>()?, script.read::<u8>()?);
    let Some(link) = nth(shell.links.keys(), link) else {
        return Some(());
    };
    let Some(asked) = take(&mut shell.links.get_mut(&link)?.asked, which) else {
        return Some(());
    };
    let sample = &SAMPLES[asked.sample];
    let place = sample.object.bytes_of(asked.groups);
    let plain = &sample.bytes[place.start as usize..place.end as usize];
    let mut body = plain.to_vec();
    let mut encoding = Encoding::Identity;
    if how & 1 == 1 && asked.deflate {
        let stream = miniz_oxide::deflate::compress_to_vec(plain, 1);
        if stream.len() < plain.len() {
            (body, encoding) = (stream, Encoding::Deflate);
        }
    }
    let proof = sample.outboard.proof(asked.groups).map(Proof::into_bytes);
    let mut proof = proof.expect("groups that are there");
    edit(&mut [&mut proof, &mut body], edits, script);
    let slice = Slice {
        id: asked.id,
        groups: asked.groups.into(),
        encoding,
        encoded_bytes: body.len() as u64 ^ u64::from(how >> 4),
        proof: &proof,
    };
    shell.hear(link, Frame::Slice(slice).encode());
    let frames = body.chunks(usize::from(data_bytes).clamp(1024, 32 * 1024));
    let left_out = usize::from(how >> 1 & 7);
    let count = frames.len().saturating_sub(left_out);
    for bytes in frames.take(count) {
        let id = asked.id;
        shell.hear(link, Frame::Data(Data { id, bytes }).encode());
    }
    Some(())
}

/// A peer asks for some groups of an object, which may be held and there or not.
fn request(shell: &mut Shell, script: &mut Reader<'_>) -> Option<()> {
    let (link, id) = (script.read()?, RequestId(script.read::<u8>()?.into()));
    let (which, start) = (script.read::<u8>()?, u64::from(script.read::<u8>()?));
    let (count, deflate) = (u64::from(script.read::<u8>()?), script.read::<u8>()?);
    let object = SAMPLES[usize::from(which) % SAMPLES.len()].object;
    if let Ok(groups) = GroupRange::new(start, start + count) {
        let request = Request {
            id,
            object: ClaimedId::from(object),
            groups: ClaimedGroups::from(groups),
            accept_deflate: deflate % 2 == 1,
        };
        say(shell, link, &Frame::Request(request));
    }
    Some(())
}

fn nth<'a, T: Copy + 'a>(mut items: impl ExactSizeIterator<Item = &'a T>, nth: u8) -> Option<T> {
    let nth = usize::from(nth).checked_rem(items.len())?;
    items.nth(nth).copied()
}

fn take<T>(items: &mut Vec<T>, nth: u8) -> Option<T> {
    let nth = usize::from(nth).checked_rem(items.len())?;
    Some(items.remove(nth))
}
