//! A peer that speaks the protocol and lies. The visitor is a real one, with its worker, store and links; what its page sends on a link is changed on the way out.
//!
//! `lie` runs in the page before any of its scripts (`addInitScript`), so it has to stand alone. The frames: `crates/wire/src/frame.rs`.

/** What a liar does. Each is said so that "a peer that ..." reads on. */
export const HABITS = /** @type {const} */ ({
  // Guilt is certain with the first false byte: the link is gone for the session.
  firstByte: 'flips a bit of the first byte',
  lastByte: 'flips a bit of the last byte',
  border: 'flips a bit at a border of groups',
  parent: 'flips a bit of a parent hash',
  otherObject: 'answers with another object and its proof',
  // What no peer of ours does: the link is gone too.
  longer: 'says that more bytes come than do, and sends on',
  shorter: 'says that fewer bytes come than do',
  twice: 'sends everything twice',
  swapped: 'sends data before the slice',
  wrongId: 'answers what nobody asked',
  unasked: 'sends data that nobody asked for',
  flood: 'floods the link with frames to be skipped',
  giant: 'sends giant messages',
  noise: 'sends noise',
  text: 'sends text',
  falseHead: 'gossips a head that nobody signed',
  // Guilt is not certain: the page's deadline and the origin see to it.
  cutShort: 'stops before the last byte',
  refuses: 'holds nothing of what it announces',
  silent: 'never answers',
  trickle: 'sends a byte a second',
  drips: 'sends four kilobytes a second',
});

/** @typedef {keyof typeof HABITS | 'honest'} Habit */

/**
 * Everything the page sends on a link meets with this habit from now on; the page may be given another by `lies.habit`. `lies.told` counts the lies, `lies.asked` the
 * answers that would have been given, `lies.pushed` the bytes of what nobody asked for.
 * @param {Habit} habit
 */
export function lie(habit) {
  const KIND = { slice: 0x11, data: 0x12, refuse: 0x14, head: 0x80, skipped: 0xff };
  const lies = ((/** @type {any} */ (window)).lies = { habit, told: 0, asked: 0, pushed: 0 });
  const honest = RTCDataChannel.prototype.send;
  /** What a dripping peer's link carries at once, so often: 4 KB/s. */
  const [DROP_BYTES, DROP_MS] = [1000, 250];

  /** @param {number} number */
  const varint = (number) => {
    const bytes = [];
    for (; number > 0x7f; number = Math.floor(number / 128)) bytes.push((number % 128) | 0x80);
    return [...bytes, number];
  };
  /** Reads so many numbers after the kind. @param {Uint8Array} frame @param {number} count @returns {[numbers: number[], at: number]} */
  const numbers = (frame, count) => {
    const all = [];
    let at = 1;
    for (let n = 0; n < count; n++) {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = /** @type {number} */ (frame[at++]);
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) break;
      }
      all.push(value);
    }
    return [all, at];
  };
  /** @param {number} kind @param {number[]} fields @param {Uint8Array} [rest] */
  const frameOf = (kind, fields, rest = new Uint8Array()) => Uint8Array.from([kind, ...fields.flatMap(varint), ...rest]);
  /** @param {Uint8Array} bytes @param {number} at */
  const flipped = (bytes, at) => {
    const copy = bytes.slice();
    copy[at] = /** @type {number} */ (copy[at]) ^ 4;
    return copy;
  };

  /**
   * One link: the answers that are under way, and the last one that went out whole.
   * @typedef {{ total: number, sent: number, slice: Uint8Array, data: Uint8Array[] }} Answer
   * @type {WeakMap<RTCDataChannel, { answers: Map<number, Answer>, last?: Answer, drops?: Uint8Array[] }>}
   */
  const channels = new WeakMap();

  RTCDataChannel.prototype.send = function (/** @type {any} */ message) {
    const out = (/** @type {Uint8Array | string} */ bytes) => {
      if (this.readyState === 'open') honest.call(this, /** @type {any} */ (bytes));
    };
    if (!(message instanceof ArrayBuffer)) return honest.call(this, message);
    const frame = new Uint8Array(message);
    const told = (/** @type {(Uint8Array | string)[]} */ ...instead) => {
      lies.told += 1;
      instead.forEach(out);
    };
    const link = channels.get(this) ?? { answers: new Map() };
    channels.set(this, link);
    const kind = frame[0];

    if (lies.habit === 'drips' || link.drops?.length) {
      // A thin line: everything keeps its order. Data comes in small frames, so that some is always there.
      if (kind === KIND.slice) lies.asked += 1;
      const [[id], idEnd] = kind === KIND.data ? numbers(frame, 1) : [[0], 0];
      const body = kind === KIND.data ? frame.slice(numbers(frame, 2)[1]) : undefined;
      if (idEnd > 0) lies.told += 1;
      const drops = body ? Array.from({ length: Math.ceil(body.length / DROP_BYTES) }, (_, n) => body.subarray(n * DROP_BYTES, (n + 1) * DROP_BYTES)).map((drop) => frameOf(KIND.data, [/** @type {number} */ (id), drop.length], drop)) : [frame.slice()];
      if (link.drops) return void link.drops.push(...drops);
      link.drops = drops;
      const drip = setInterval(() => {
        let room = DROP_BYTES;
        for (let drop; room > 0 && (drop = link.drops?.shift()); room -= drop.length) out(drop);
        if (this.readyState !== 'open') clearInterval(drip);
      }, DROP_MS);
      return;
    }

    if (kind === KIND.slice) {
      lies.asked += 1;
      const [[id, start, end, encoding, total], at] = /** @type {[[number, number, number, number, number], number]} */ (numbers(frame, 5));
      const rest = frame.slice(at);
      const answer = { total, sent: 0, slice: frame.slice(), data: [] };
      link.answers.set(id, answer);
      const fields = [id, start, end, encoding];
      switch (lies.habit) {
        case 'parent':
          // The proof's length stands before it; a single group has none.
          return rest.length > 1 ? told(flipped(frame, frame.length - 1)) : out(frame);
        case 'longer':
          return told(frameOf(KIND.slice, [...fields, total + 1000], rest));
        case 'shorter':
          return total > 1 ? told(frameOf(KIND.slice, [...fields, total - 1], rest)) : out(frame);
        case 'wrongId':
          return told(frameOf(KIND.slice, [id + 1000, start, end, encoding, total], rest));
        case 'refuses':
          return told(frameOf(KIND.refuse, [id, 0, 0]));
        case 'silent':
          return told();
        case 'trickle': {
          told(frame);
          const drip = setInterval(() => (this.readyState === 'open' ? out(frameOf(KIND.data, [id, 1, 7])) : clearInterval(drip)), 1000);
          return;
        }
        case 'otherObject': {
          const last = link.last;
          if (!last) return out(frame);
          const [[, ...its], from] = numbers(last.slice, 5);
          told(frameOf(KIND.slice, [id, ...its], last.slice.slice(from)), ...last.data.map((bytes) => frameOf(KIND.data, [id, bytes.length], bytes)));
          return;
        }
        case 'swapped':
          return;
        case 'twice':
          return told(frame, frame);
        case 'unasked':
          return told(frame, ...Array.from({ length: 40 }, () => frameOf(KIND.data, [77_777, 30_000], new Uint8Array(30_000))));
        case 'giant':
          return told(frame, frameOf(KIND.data, [id, 200_000], new Uint8Array(200_000)));
        case 'flood': {
          const junk = new Uint8Array(60_000).fill(KIND.skipped);
          const push = () => {
            while (this.readyState === 'open' && this.bufferedAmount < 4_000_000) {
              told(junk);
              lies.pushed += junk.length;
            }
            if (this.readyState === 'open') setTimeout(push, 5);
          };
          return push();
        }
        case 'noise':
          return told(...Array.from({ length: 50 }, (_, n) => crypto.getRandomValues(new Uint8Array(1 + 7 * n))));
        case 'text':
          return told('hello?');
        case 'falseHead':
          return told(frame, frameOf(KIND.head, [2 ** 40, 300], Uint8Array.from([...crypto.getRandomValues(new Uint8Array(300)), ...varint(150), ...crypto.getRandomValues(new Uint8Array(150))])));
        default:
          return out(frame);
      }
    }

    if (kind === KIND.data) {
      const [[id], idEnd] = /** @type {[[number], number]} */ (numbers(frame, 1));
      const [[, length], at] = /** @type {[[number, number], number]} */ (numbers(frame, 2));
      const answer = link.answers.get(id);
      const body = frame.slice(at);
      if (!answer) return out(frame);
      const from = answer.sent;
      answer.sent += length;
      answer.data.push(body);
      const ends = answer.sent === answer.total;
      if (ends) link.last = answer;
      const head = frame.slice(0, at);
      const changed = (/** @type {number} */ offset) => told(Uint8Array.from([...head, ...flipped(body, offset - from)]));
      switch (lies.habit) {
        case 'firstByte':
          return from === 0 && length > 0 ? changed(0) : out(frame);
        case 'lastByte':
          return ends && length > 0 ? changed(answer.total - 1) : out(frame);
        case 'border':
          return from <= 16_384 && 16_384 < answer.sent ? changed(16_384) : out(frame);
        case 'cutShort':
          return ends ? told() : out(frame);
        case 'twice':
          return told(frame, frame);
        case 'swapped':
          return from === 0 ? told(frame, answer.slice) : out(frame);
        case 'wrongId':
          return told(Uint8Array.from([KIND.data, ...varint(id + 1000), ...frame.slice(idEnd)]));
        case 'otherObject':
          // The first answer goes out as it is: it is what the others are given.
          return link.last === answer || !link.last ? out(frame) : undefined;
        case 'refuses':
        case 'silent':
        case 'trickle':
        case 'flood':
        case 'noise':
        case 'text':
          return;
        default:
          return out(frame);
      }
    }

    out(frame);
  };
}
