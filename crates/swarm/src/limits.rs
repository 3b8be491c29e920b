//! Every limit of the transfer machine, with unit and reason. Those that both ends count on are in
//! `swarmfetch_wire::limits`.

/// Wants open at once, over which a want fails at once and its page goes to the origin by itself. A page with more
/// requests than this in flight is not waiting for us.
pub const WANTS_MAX: usize = 4096;

/// Links held at once; further ones are closed. Introductions keep a visitor far below, a super-node is content.
pub const LINKS_MAX: usize = 256;

/// Objects that the machine remembers as held, in all: 40 bytes each, 5 MiB. A visitor's store of 500 MB has as many when they are
/// as small as 4 kB.
pub const HELD_MAX: usize = 131_072;

/// Hash prefixes remembered of one link, as many as it remembers as held itself: 4 bytes each. What is told beyond is not found
/// there.
pub const LINK_HAVES_MAX: usize = HELD_MAX;

/// Objects up to which all that is held is told unasked, in 3 KiB; where there are more, those in one bucket, whose map then takes
/// about 1 KiB.
pub const BUCKET_OBJECTS: usize = 1024;

/// Objects of which some segments are held that are remembered, and served, of our own store.
pub const PARTLY_HELD_MAX: usize = 256;

/// Objects remembered of which one link holds some segments: at most half a kilobyte each. What is told beyond is not found there.
pub const LINK_PARTS_MAX: usize = 256;

/// Peers remembered as banned; the longest-banned is forgotten first.
pub const BANNED_MAX: usize = 1024;

/// Peers whose links ended and whose rest is remembered; the longest gone is forgotten first.
pub const RESTS_MAX: usize = 64;

/// Longest object fetched from peers as a whole by default, in bytes: it is assembled in memory, twice for a moment. Longer ones come part
/// by part.
pub const OBJECT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes of all that is wanted from peers at once; what is wanted beyond comes from the origin alone.
pub const TRANSFERS_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Most groups asked for in one request: 1 MiB, the longest text that is compressed as a whole.
pub const PIECE_GROUPS: u64 = swarmfetch_wire::limits::REQUEST_GROUPS_MAX;

/// Fewest groups of a piece that one of several holders is asked for: 64 KiB, so that what a request costs both ends stays small
/// beside what it brings.
pub const SHARE_GROUPS_MIN: u64 = 4;

/// Fewest groups of a share that one request is for: 128 KiB; more requests do not fill a slow line any better.
pub const CUT_GROUPS_MIN: u64 = 8;

/// Bytes asked for and not yet here on one link, however fast: two pieces, so that the next one is under way when one ends.
pub const LINK_ASKED_BYTES_MAX: u64 = 2 * 1024 * 1024;

/// The same for a link of which nothing is known, in bytes.
pub const LINK_ASKED_BYTES_START: u64 = 384 * 1024;

/// The same for the slowest, in bytes: one request is always under way.
pub const LINK_ASKED_BYTES_MIN: u64 = 128 * 1024;

/// How long what was asked for may wait before the other end's line, in milliseconds, beside the way there and back: enough to
/// keep the line full between two requests, and less than a modem holds before it drops what comes.
pub const BACKLOG_MS: u64 = 150;

/// Requests for objects of at most this many bytes ...
pub const SMALL_ASK_BYTES_MAX: u64 = 128 * 1024;

/// ... may pass the two limits around here by this many: a page's small files do not wait behind a large one.
pub const SMALL_ASKS_BYTES_MORE: u64 = 1024 * 1024;

/// Bytes asked for and not yet here on all links. Data channels have no receive back-pressure (`THREATS.md`, T21);
/// what was never asked for cannot pile up in the page.
pub const ASKED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Answers of one link under way at once: more would only take memory.
pub const LINK_SERVES_MAX: usize = 4;

/// Answers under way on all links, each at most 1 MiB in memory (2 while it is compressed).
pub const SERVES_MAX: usize = 16;

/// Objects remembered that nobody held when they were wanted: what two pages need.
pub const UNHELD_MAX: usize = 64;

/// Links that are asked to prove something that somebody waits for, ...
pub const PROVE_LINKS_URGENT: usize = 4;

/// ... and something that nobody does: a question takes 300 bytes, an answer to it some hundred a key.
pub const PROVE_LINKS: usize = 3;

/// How long proofs are worth waiting for at least, in milliseconds: who knows nothing says so at once. Of a slow origin half as long again as it takes.
pub const PROVE_MS_MIN: u64 = 80;

/// Questions for proofs that may be open on a link: 15 KiB of answers each.
pub const LINK_PROVES_MAX: usize = 8;

/// Bytes handed to a link's shell and not yet drained, over which no data frame follows: 100 ms at 20 Mbit/s.
pub const LINK_WINDOW_BYTES: u64 = 256 * 1024;

/// Bytes handed to a link's shell and not yet drained, up to which data frames are short: a data channel that was at rest sends
/// no more than four packets of a message before the first of them are acknowledged (Chromium's SCTP: `max_burst`), and of
/// several messages four each ...
pub const LINK_RESTED_BYTES: u64 = 64 * 1024;

/// ... of objects of at most this many bytes: what is longer takes so long that bursts only fill the buffers on its way.
pub const SOON_BYTES_MAX: u64 = 256 * 1024;

/// Bytes of content in such a frame: four packets with what goes around it.
pub const DATA_BYTES_RESTED: usize = 4 * 1024;

/// Bytes handed to a link's shell and not yet drained, over which the link counts as stuck and is closed: only control
/// frames can get it there.
pub const LINK_STUCK_BYTES: u64 = 1024 * 1024;

/// Until a link's own times are known, how long a first byte may take, in milliseconds. Two round trips across an
/// ocean and a store read.
pub const FIRST_BYTE_MS_START: u64 = 600;

/// Shortest patience with a link, in milliseconds: below, a busy tab looks like a dead one.
pub const FIRST_BYTE_MS_MIN: u64 = 300;

/// Longest patience with a link, in milliseconds.
pub const FIRST_BYTE_MS_MAX: u64 = 2000;

/// The origin's time for a short answer before it was measured, in milliseconds: an ordinary host across a continent, on a busy device.
pub const ORIGIN_MS_GUESS: u64 = 300;

/// The origin's rate before it was measured, in bytes a second: a visitor's ordinary line.
pub const ORIGIN_BYTES_PER_S_GUESS: u64 = 2 * 1024 * 1024;

/// How much longer than the origin peers may take, in milliseconds, beside a twentieth of its time: what nobody notices.
pub const TOLERANCE_MS: u64 = 30;

/// What peers may take in any case, in milliseconds: below, a busy tab looks like a slow peer.
pub const TOLERATED_MS_MIN: u64 = FIRST_BYTE_MS_MIN;

/// What peers may take on top for each byte, as a rate in bytes a second: a byte that crosses a link costs both ends some work
/// that one from a near origin does not (DESIGN, fact 1), and the origin's owner pays for that one.
pub const TOLERATED_BYTES_PER_S: u64 = 4 * 1024 * 1024;

/// Shortest time after which the origin is asked beside a link that is still to answer, in milliseconds: below, the grain of a
/// busy tab would bring it in for nothing.
pub const HEDGE_MS_MIN: u64 = 150;

/// The same beside one that has never answered anything, where others lied or kept silent: the origin comes in for nothing
/// rather than that a page waits for one stranger after the other.
pub const HEDGE_WARY_MS: u64 = 50;

/// The same beside any link after one lied, or was outrun by the origin that was asked beside it: whoever is next door may prove
/// that peers are worth waiting for.
pub const HEDGE_DOUBTFUL_MS: u64 = 10;

/// How long a want waits at most, in milliseconds since it came, for a link that is being dialled or has not said yet what it
/// holds; of a quicker origin no longer than peers may take. The origin is asked then.
pub const NO_HOLDER_MS: u64 = FIRST_BYTE_MS_START;

/// The same where the owner would rather have the visitor wait than give the bytes himself: what a page may take before its
/// reader's thoughts are elsewhere.
pub const SAVINGS_MS: u64 = 2000;

/// How long an open link may take to say what it holds before nobody waits for that, in milliseconds; and to tell the buckets that
/// it is asked for, in all before it gives a whole answer.
pub const SETTLE_MS: u64 = 500;

/// A want whose bytes are not here after this time, in milliseconds ...
pub const OVERDUE_MS: u64 = 2000;

/// ... and the time that its length takes at this rate, in bytes a second, has the origin asked as well: links may move
/// and still be too slow.
pub const OVERDUE_BYTES_PER_S: u64 = 256 * 1024;

/// Origin fetches under way, over which a transfer that takes too long has to wait for one of them to end: what a
/// browser opens to one host, and two for the next in line.
pub const ORIGIN_OVERDUE_MAX: usize = 8;

/// How long it waits before it looks again, in milliseconds.
pub const OVERDUE_AGAIN_MS: u64 = 50;

/// A link that brings less than this, in bytes a second, while a transfer on it takes too long, is late.
pub const LINK_BYTES_PER_S_MIN: u64 = 32 * 1024;

/// How long the origin may take to answer before peers who turned up meanwhile are asked too, in milliseconds.
pub const ORIGIN_LATE_MS: u64 = 1500;

/// How long a stretch of time is in which what the origin gives is measured, in milliseconds: several round trips to a far one.
pub const STRAIN_WINDOW_MS: u64 = 300;

/// What is asked of the origin takes too long to be left to it alone where neighbours want the same, from so many milliseconds on: below,
/// the way over a neighbour is hardly quicker.
pub const STRAIN_MS_MIN: u64 = 3000;

/// What a busy origin is asked for at once, where others wait for it, too: what is here soon can be passed on soon.
pub const STRAIN_FETCHES_MAX: usize = 2;

/// Somebody who asks the origin for the same is waited for, for this share of the time that the origin would take for all that it is asked
/// for: the rest of that is enough to have it from there after all.
pub const YIELD_SHARE: u64 = 4;

/// Longest that is waited for somebody who asks the origin for the same, in milliseconds; ...
pub const YIELD_MS_MAX: u64 = 8000;

/// ... and after something that was left to others came from them, for the rest: about the time of the next.
pub const YIELD_MORE_MS: u64 = 2500;

/// Time between two want-lists on a link, in milliseconds.
pub const WANT_LIST_MS: u64 = 250;

/// How long after it came an object stays on the want-list until it is announced, in milliseconds: who counts on us knows no gap.
pub const WANT_LIST_STAY_MS: u64 = 1500;

/// How long a want stays open for peers after its origin failed, in milliseconds.
pub const GIVE_UP_MS: u64 = 10_000;

/// How long a link that gave something before and let a deadline pass is left alone, in milliseconds, the first time;
/// doubled each further time without a whole answer in between.
pub const REST_MS_MIN: u64 = 5_000;

/// Longest rest of a link, in milliseconds, and that of one which never gave anything (`THREATS.md`, T22).
pub const REST_MS_MAX: u64 = 60_000;

/// Longest wait that a busy peer may ask for, in milliseconds.
pub const BUSY_MS_MAX: u64 = 10_000;

/// What we ask for when we are busy, in milliseconds: about two answers' time.
pub const BUSY_MS: u32 = 500;

/// Refusals of objects that a link said it holds, after which the link rests; a whole answer makes up for one, as one in a hundred
/// is nobody's fault.
pub const FALSE_HAVES_MAX: u32 = 8;

/// How long a link may take to say hello, in milliseconds.
pub const HELLO_MS: u64 = 10_000;

/// Bytes that a link may bring before its hello, ignored: whoever lost its memory still gets what it had asked for.
pub const EARLY_BYTES_MAX: u64 = LINK_ASKED_BYTES_MAX + SMALL_ASKS_BYTES_MORE + 128 * 1024;

/// Bytes of control allowance that a new beginning costs, of a conversation or of what one end says that it holds: sixteen in a row
/// are too many.
pub const RESTART_BYTES: u64 = 4 * 1024;

/// How long the shell may take to read, compress or inflate, in milliseconds; then it is as if it could not.
pub const JOB_MS: u64 = 10_000;

/// Time between two have frames on a link, in milliseconds: objects of one page are announced together.
pub const ANNOUNCE_MS: u64 = 100;

/// Bytes of have frames sent at once, three eighths of what the receiver takes (`CONTROL_BYTES_BURST`).
pub const ANNOUNCE_BYTES_BURST: u64 = 24 * 1024;

/// Bytes of have frames sent in each further second, three eighths of what the receiver takes.
pub const ANNOUNCE_BYTES_PER_S: u64 = 6 * 1024;

/// Bytes of have-maps that a link is given at once for the asking: 10 bits for each of what may be held ...
pub const MAPS_BYTES_BURST: u64 = HELD_MAX as u64 * 10 / 8;

/// ... and in each further second, for whoever loses its memory and asks again.
pub const MAPS_BYTES_PER_S: u64 = 16 * 1024;

/// Shortest time between two heads heard on one link, in milliseconds: each costs a signature check.
pub const HEAD_MS: u64 = 1000;
