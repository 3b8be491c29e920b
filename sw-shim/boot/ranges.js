//! A file's parts from the origin, by range. An origin that does not give ranges, or gives those of an encoded form, is asked for all, once, and read from where
//! it is needed. What comes is believed when it is proved.

import { readBody } from './platform.js';

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * @param {Request} page the page's own request, for all of the file
 */
export function rangesOf({ url, credentials, referrer, referrerPolicy }) {
  /** An answer with all bytes, how many of them were read, and what was read too much. @type {{ reader: ReadableStreamDefaultReader<Bytes>, at: number, left: Bytes } | undefined} */
  let all;
  /** One part after the other. @type {Promise<unknown>} */
  let turn = Promise.resolve();
  const leaving = new AbortController();

  /** Past the browser's cache: it makes all of a file out of parts that it has, false ones too. @param {[string, string][]} headers */
  const asking = (headers) => new Request(url, { headers, credentials, referrer, referrerPolicy, cache: 'no-store', signal: leaving.signal });
  /** @param {Response | undefined} answer */
  const stop = (answer) => void answer?.body?.cancel().catch(() => {});

  /** The part, if that is what was answered; all is kept for later. @param {number} start @param {number} end @param {Response | undefined} answer */
  const partOf = async (start, end, answer) => {
    const { status, headers, body } = answer ?? {};
    if (answer && status === 206 && headers?.get('content-range')?.startsWith(`bytes ${start}-`)) return readBody(answer, end - start);
    if (status === 200 && body) all = { reader: body.getReader(), at: 0, left: new Uint8Array() };
    else stop(answer);
    return undefined;
  };

  /** From the answer with all. @param {number} start @param {number} end */
  const cut = async (start, end) => {
    const bytes = new Uint8Array(end - start);
    while (all && all.at < end) {
      if (all.left.length === 0) {
        const { done, value } = await all.reader.read();
        if (done) return undefined;
        all.left = value;
      }
      // Up to the part, or of it.
      const taken = all.left.subarray(0, (all.at < start ? start : end) - all.at);
      if (all.at >= start) bytes.set(taken, all.at - start);
      all.at += taken.length;
      all.left = all.left.subarray(taken.length);
    }
    return all && bytes;
  };

  /** @param {number} start @param {number} end @param {Response | undefined} answer @param {(bytes: Bytes) => boolean} proves */
  const take = async (start, end, answer, proves) => {
    // What was read over is not read again.
    if (all && all.at > start) all = void all.reader.cancel().catch(() => {});
    if (all) stop(answer);
    const bytes = all ? undefined : await partOf(start, end, answer);
    if (bytes && proves(bytes)) return bytes;
    if (!all) await partOf(start, end, await fetch(asking([])));
    const late = await cut(start, end);
    return late && proves(late) ? late : undefined;
  };

  return {
    /** What asks for a part. @param {number} start @param {number} end */
    request: (start, end) => asking([['range', `bytes=${start}-${end - 1}`]]),
    /**
     * A part. Mostly they are asked for in their order.
     * @param {number} start @param {number} end
     * @param {Response | undefined} answer to the request for it, if there is one
     * @param {(bytes: Bytes) => boolean} proves
     * @returns {Promise<Bytes | undefined>}
     */
    bytes(start, end, answer, proves) {
      const taken = turn.then(() => take(start, end, answer, proves)).catch(() => undefined);
      turn = taken;
      return taken;
    },
    /** What is on its way is wanted no more. */
    close: () => leaving.abort(),
  };
}
