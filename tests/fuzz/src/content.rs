//! Bytes that have to prove themselves, and patches: slices and outboards of objects whose bytes are known here. What is let through has
//! to be those bytes, whatever was claimed; and what is true has to be let through.

use std::sync::LazyLock;

use swarmfetch_content::codec::Reader;
use swarmfetch_content::delta::apply;
use swarmfetch_content::{
    GroupRange, Hash, ObjectId, Outboard, Proof, SliceVerifier, VerifiedBytes, decode_fields,
    encode_fields,
};

/// Lengths of the objects: those of the vectors, but for the one of a megabyte.
pub(crate) const LENGTHS: [usize; 8] = [0, 1, 16_384, 16_385, 40_000, 65_536, 70_000, 114_688];

/// An object, and what is true of it.
pub(crate) struct Sample {
    pub(crate) object: ObjectId,
    pub(crate) outboard: Outboard,
    pub(crate) bytes: Vec<u8>,
}

impl Sample {
    /// So many bytes, as in the vectors.
    pub(crate) fn of_length(len: usize) -> Self {
        let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
        let (object, outboard) = Outboard::of(&bytes);
        Self {
            object,
            outboard,
            bytes,
        }
    }
}

static SAMPLES: LazyLock<[Sample; 8]> = LazyLock::new(|| LENGTHS.map(Sample::of_length));

/// What is claimed. Then come the parents, if the flags say so, how many bytes come, likewise, and edits.
pub(crate) struct Claim {
    pub(crate) sample: u8,
    pub(crate) flags: u8,
    pub(crate) len: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
}

decode_fields!(Claim {
    sample,
    flags,
    len,
    start,
    end
});
encode_fields!(Claim {
    sample,
    flags,
    len,
    start,
    end
});

/// The length is the claim's and not the sample's.
pub(crate) const OTHER_LENGTH: u8 = 1;
/// The hash is of something else.
pub(crate) const OTHER_HASH: u8 = 2;
/// The proof or outboard is what follows, and not the true one.
pub(crate) const OTHER_PARENTS: u8 = 4;
/// The groups come in one piece.
pub(crate) const AT_ONCE: u8 = 8;
/// The groups end early, or have more to them.
pub(crate) const OTHER_END: u8 = 16;

impl Claim {
    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn sample(&self) -> &'static Sample {
        &SAMPLES[usize::from(self.sample) % SAMPLES.len()]
    }

    fn object(&self) -> ObjectId {
        let truth = self.sample().object;
        ObjectId {
            hash: if self.has(OTHER_HASH) {
                Hash::of(b"something else")
            } else {
                truth.hash
            },
            len: if self.has(OTHER_LENGTH) {
                self.len
            } else {
                truth.len
            },
        }
    }

    /// The parents that come: true ones as edited, or what stands there.
    fn parents(&self, truth: Option<Vec<u8>>, script: &mut Reader<'_>) -> Vec<u8> {
        if !self.has(OTHER_PARENTS)
            && let Some(truth) = truth
        {
            return truth;
        }
        script.read::<&[u8]>().unwrap_or_default().to_vec()
    }
}

/// Flips what the script says: pairs of a place and a pattern. How many did something?
pub(crate) fn edit(parts: &mut [&mut [u8]], count: u8, script: &mut Reader<'_>) -> usize {
    let mut edits = 0;
    for _ in 0..count {
        let (Some(place), Some(pattern)) = (script.read::<u32>(), script.read::<u8>()) else {
            break;
        };
        let mut place = place as usize;
        for part in &mut *parts {
            if let Some(byte) = part.get_mut(place) {
                *byte ^= pattern;
                edits += usize::from(pattern != 0);
                break;
            }
            place -= part.len();
        }
    }
    edits
}

/// A slice: a claim, a proof, and groups.
pub(crate) fn slice(input: &[u8]) {
    let mut script = Reader::new(input);
    let Some(claim) = script.read::<Claim>() else {
        return;
    };
    let Ok(groups) = GroupRange::new(claim.start, claim.end) else {
        return;
    };
    let (sample, object) = (claim.sample(), claim.object());
    let truth = sample.outboard.proof(groups).ok().map(Proof::into_bytes);
    let mut proof = claim.parents(truth, &mut script);
    let place = sample.object.bytes_of(groups);
    let mut bytes = sample.bytes[place.start as usize..place.end as usize].to_vec();
    let mut is_true = claim.flags & !AT_ONCE == 0 && groups.end() <= sample.object.groups();
    if claim.has(OTHER_END) {
        let len = usize::from(script.read::<u16>().unwrap_or_default());
        bytes.resize(len, 0);
    }
    let count = script.read::<u8>().unwrap_or_default();
    is_true &= edit(&mut [&mut proof, &mut bytes], count, &mut script) == 0;

    let Ok(mut slice) = SliceVerifier::new(object, groups, &Proof::from_bytes(proof)) else {
        assert!(!is_true, "the true proof was refused");
        return;
    };
    if claim.has(AT_ONCE) {
        match slice.verify_rest(bytes) {
            Ok(bytes) => has_to_be_true(sample, object, &bytes),
            Err(error) => assert!(!is_true, "{error:?}"),
        }
    } else {
        let mut rest = bytes;
        while let Some((_, len)) = slice.next_group() {
            let later = rest.split_off(len.min(rest.len()));
            match slice.verify(rest) {
                Ok(bytes) => has_to_be_true(sample, object, &bytes),
                Err(error) => {
                    assert!(!is_true, "{error:?}");
                    return;
                }
            }
            rest = later;
        }
    }
    if groups.end() == object.groups() && slice.next_group().is_none() {
        assert_eq!(object, sample.object, "the last group proves the length");
    }
}

fn has_to_be_true(sample: &Sample, object: ObjectId, bytes: &VerifiedBytes) {
    assert_eq!(bytes.object(), object);
    assert_eq!(object.hash, sample.object.hash);
    let (start, end) = (bytes.offset() as usize, bytes.end() as usize);
    assert_eq!(bytes.as_slice(), &sample.bytes[start..end]);
}

/// An outboard: a claim, and parents.
pub(crate) fn outboard(input: &[u8]) {
    let mut script = Reader::new(input);
    let Some(claim) = script.read::<Claim>() else {
        return;
    };
    let (sample, object) = (claim.sample(), claim.object());
    let truth = sample.outboard.as_bytes().to_vec();
    let mut parents = claim.parents(Some(truth), &mut script);
    let count = script.read::<u8>().unwrap_or_default();
    let edits = edit(&mut [&mut parents], count, &mut script);
    let Ok(outboard) = Outboard::parse(object, &parents) else {
        assert!(claim.flags & 7 != 0 || edits > 0, "the truth was refused");
        return;
    };
    if object.groups() > 1 {
        assert_eq!(object.hash, sample.object.hash);
        assert_eq!(object.groups(), sample.object.groups());
        assert_eq!(outboard.as_bytes(), sample.outboard.as_bytes());
    } else {
        // The only group is the object: there are no parents, so nothing is proved yet.
        assert_eq!(outboard.as_bytes(), []);
    }
    if let Ok(groups) = GroupRange::new(claim.start, claim.end)
        && let Ok(proof) = outboard.proof(groups)
    {
        let expected = Proof::expected_bytes(object, groups).expect("there was a proof");
        assert_eq!(proof.as_bytes().len() as u64, expected);
        SliceVerifier::new(object, groups, &proof).expect("an outboard proves its groups");
    }
}

/// A patch: the old bytes, the declared length, and instructions. What is made is what the other decoder makes.
pub(crate) fn delta(input: &[u8]) {
    let mut script = Reader::new(input);
    let (Some(old), Some(len)) = (script.read::<&[u8]>(), script.read::<u32>()) else {
        return;
    };
    let Some(patch) = script.read::<&[u8]>() else {
        return;
    };
    let mut theirs = Vec::new();
    let is_one = bsdiff::patch(old, &mut &*patch, &mut theirs).is_ok();
    match apply(old, patch, u64::from(len)) {
        Ok(made) => {
            assert_eq!(made.len(), len as usize, "the declared length");
            assert!(is_one && made == theirs, "other bytes than theirs");
        }
        Err(_) => assert!(
            !is_one || theirs.len() != len as usize,
            "a good patch was refused"
        ),
    }
}
