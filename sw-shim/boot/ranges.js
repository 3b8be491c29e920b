//! A file's parts from the origin, by range. An origin that does not give ranges, or gives those of an encoded form, is asked for all, once, and read from where
//! it is needed; so is an answer with all that is there already. What comes is believed when it is proved.

import { readBody } from './platform.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */
/** An answer with all bytes: how many of them were read, what was read too much, and all that was read until something of it is proved. @typedef {{ reader: ReadableStreamDefaultReader<Bytes>, at: number, left: Bytes, read: Bytes[] | undefined }} All */

/** What is so far ahead in an answer with all is asked for by itself, in bytes, where that is possible: what is skipped has to come, too. */
const SKIPPED_MAX = 64 * 1024;
const NOTHING = new Uint8Array();

/**
 * @param {Request} page the page's own request, for all of the file
 */
export function rangesOf({ url, credentials, referrer, referrerPolicy }) {
  /** @type {All | undefined} */
  let all;
  /** Whether ranges are given, once that is known. @type {boolean | undefined} */
  let ranged;
  /** One part after the other, unless each is asked for by itself. @type {Promise<unknown>} */
  let turn = Promise.resolve();

  /** Past the browser's cache: it makes all of a file out of parts that it has, false ones too. @param {[string, string][]} headers @param {AbortSignal | null} [signal] */
  const ask = (headers, signal = null) => fetch(new Request(url, { headers, credentials, referrer, referrerPolicy, cache: 'no-store', signal }));
  /** @param {Response} answer */
  const stop = ({ body }) => void body?.cancel().catch(() => {});
  const leave = () => {
    void all?.reader.cancel().catch(() => {});
    all = undefined;
  };
  /** @param {ReadableStream<Bytes>} body */
  const begin = (body) => {
    leave();
    all = { reader: body.getReader(), at: 0, left: NOTHING, read: [] };
  };

  /** From the answer with all. @param {number} start @param {number} end @param {(bytes: number) => void} came @param {AbortSignal} signal */
  const cut = async (start, end, came, signal) => {
    const bytes = new Uint8Array(end - start);
    while (all && all.at < end) {
      if (all.left.length === 0) {
        const { done, value } = await all.reader.read();
        if (done || !all) return undefined;
        all.left = value;
        all.read?.push(value);
        came(value.length);
        if (signal.aborted) return undefined;
      }
      // Up to the part, or of it.
      const taken = all.left.subarray(0, (all.at < start ? start : end) - all.at);
      if (all.at >= start) bytes.set(taken, all.at - start);
      all.at += taken.length;
      all.left = all.left.subarray(taken.length);
    }
    return all && bytes;
  };

  /** @typedef {(bytes: Bytes) => Promise<boolean>} Proves */

  /** @param {number} start @param {number} end @param {Proves} proves @param {(bytes: number) => void} came @param {AbortSignal} signal */
  const take = async (start, end, proves, came, signal) => {
    if (signal.aborted) return undefined;
    // What was read over is not read again.
    if (all && (all.at > start || (ranged && start - all.at > SKIPPED_MAX))) leave();
    if (!all) {
      const leaving = new AbortController();
      const abort = () => leaving.abort();
      signal.addEventListener('abort', abort);
      const answer = await ask([['range', `bytes=${start}-${end - 1}`]], leaving.signal);
      const { status, headers, body } = answer;
      if (status === 429 || status >= 500) return stop(answer), 'failed';
      ranged = status === 206 && headers.get('content-range')?.startsWith(`bytes ${start}-`) === true;
      if (ranged) {
        const bytes = await readBody(answer, end - start, came);
        if (bytes && (await proves(bytes))) return 'proved';
        // Those of an encoded form.
        ranged = false;
      } else if (status === 200 && body) {
        // It is for the next ones, too.
        signal.removeEventListener('abort', abort);
        begin(body);
      } else stop(answer);
    }
    if (!all) {
      const { status, body } = await ask([]);
      if (status === 200 && body) begin(body);
    }
    // Somebody else brings it: what would come meanwhile is not wanted, if the next can be asked for by itself.
    if (ranged) signal.addEventListener('abort', leave);
    const bytes = await cut(start, end, came, signal);
    signal.removeEventListener('abort', leave);
    if (!bytes || !(await proves(bytes))) return undefined;
    if (all) all.read = undefined;
    return 'proved';
  };

  return {
    /** There is an answer with all. @param {Response} answer @param {ReadableStream<Bytes>} body its */
    adopt({ headers }, body) {
      ranged = headers.get('accept-ranges') === 'bytes' && !headers.has('content-encoding');
      begin(body);
    },
    /** All of that answer's body once more, where nothing of it was proved. @returns {ReadableStream<Bytes> | undefined} */
    again() {
      const { reader, read } = all ?? {};
      all = undefined;
      if (!reader || !read) return undefined;
      return new ReadableStream({
        async pull(control) {
          const value = read.shift() ?? (await reader.read()).value;
          if (value) control.enqueue(value);
          else control.close();
        },
        cancel: (why) => reader.cancel(why),
      });
    },
    /**
     * A part. Mostly they are asked for in their order.
     * @param {number} start @param {number} end @param {Proves} proves @param {(bytes: number) => void} came @param {AbortSignal} signal
     * @returns {Promise<'proved' | 'failed' | undefined>} failed: it may be had later; nothing: it is not what it should be, or no longer wanted
     */
    part(start, end, proves, came, signal) {
      const before = ranged && !all ? undefined : turn;
      const taken = Promise.resolve(before).then(() => take(start, end, proves, came, signal)).catch(() => /** @type {const} */ ('failed'));
      turn = Promise.all([turn, taken]);
      return taken;
    },
    /** Nothing more is wanted of it. */
    close: leave,
  };
}
