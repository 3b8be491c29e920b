//! The limits that both ends of a link count on. A sender that passes one is not a peer of ours; a receiver closes.

use swarmfetch_content::GROUP_BYTES;

/// Version of the frames in this crate. Peers of different versions part at the hello.
pub const PROTOCOL: u16 = 3;

/// Longest frame in bytes, its kind included: what a data channel takes without an agreement on larger messages
/// (RFC 8841, section 6.1).
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Shortest longest frame in bytes: a link that takes less cannot carry every proof, and is not used.
pub const FRAME_BYTES_FLOOR: usize = 16 * 1024;

/// Most body bytes in one data frame: two groups, so that a short answer soon gets in between those of a long one.
pub const DATA_BYTES_MAX: usize = 2 * GROUP_BYTES;

/// Fewest body bytes in a data frame that is not the last of its slice. Shorter ones cost the receiver more than they
/// bring.
pub const DATA_BYTES_MIN: usize = 1024;

/// Most groups in one request: 1 MiB. Bounds what a request makes the sender read and the receiver wait for.
pub const REQUEST_GROUPS_MAX: u64 = 64;

/// Longest proof in bytes. 64 groups anywhere in the largest object need 63 parents among themselves and at most two
/// for each of 50 levels above.
pub const PROOF_BYTES_MAX: usize = (63 + 2 * 50) * 64;

/// Keys in one question for proofs: of a tree of 50 million some 1.1 KiB each, of a thousand 500 bytes.
pub const PROVE_KEYS_MAX: usize = 32;

/// What is written of the answer before it is ended, in bytes: the paths that were begun take 6 KiB at most.
pub const PROVED_BYTES_AIM: usize = 9 * 1024;

/// Longest answer in bytes: less than any link carries in a frame.
pub const PROVED_BYTES_MAX: usize = PROVED_BYTES_AIM + 6 * 1024;

/// Hash prefixes in one have or have-not frame, and in one bucket: twice what a holder aims at, so that none overflows. With 32
/// bits told of each, 6 KiB; as a bucket's map, 2.5 KiB.
pub const HAVE_PREFIXES_MAX: usize = 2048;

/// Most bits of a hash that name a bucket: 4,096 buckets, of four million objects.
pub const HAVE_DEPTH_MAX: u8 = 12;

/// Buckets in one interest: of 100,000 objects, all.
pub const INTEREST_BUCKETS_MAX: usize = 128;

/// Bytes of a have-part's bits: a file of 4 GiB. What is behind is not told of before all of it is held.
pub const SEGMENT_BYTES_MAX: usize = 512;

/// Hash prefixes in one want-list: what a page wants at once, 512 bytes.
pub const WANT_LIST_MAX: usize = 128;

/// Long objects in one want-list.
pub const WANT_PARTS_MAX: usize = 8;

/// Requests of one asker that may be open on a link at once, cancelled ones included until they end.
pub const REQUESTS_OPEN_MAX: usize = 64;

/// Bytes of frames that nobody asked for which a receiver takes at once (`THREATS.md`, T21).
pub const CONTROL_BYTES_BURST: u64 = 64 * 1024;

/// Bytes of such frames that it takes in each further second.
pub const CONTROL_BYTES_PER_S: u64 = 16 * 1024;

/// Longest gossiped head in bytes: 512 with one signature, and room for a few more.
pub const HEAD_BYTES_MAX: usize = 2048;

/// Longest gossiped record in bytes: twice what the format allows today.
pub const RECORD_BYTES_MAX: usize = 512;
