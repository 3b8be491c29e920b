//! Asking the origin before it is known what it should answer: where nobody says what the tree has of a URL, nobody will bring it either, and a page need not wait for one
//! answer after the other.

import { begun } from './platform.js';

/** Longer answers are passed on while they still arrive, in bytes. */
const WHOLE_MAX = 1024 * 1024;

/**
 * What the origin gave, all of it.
 * @typedef {{ answer: Response, bytes: Uint8Array<ArrayBuffer> }} Whole
 */

/** Answers under way that nobody has taken. @type {WeakMap<Request, Promise<Response>>} */
const underWay = new WeakMap();

/**
 * Asks now, for whoever will need the answer.
 * @param {Request} request a page's, for all of something
 * @param {(whole: Whole) => void} told called when all of a plain answer has come
 */
export function askEarly(request, told) {
  if (underWay.has(request) || request.headers.has('range')) return;
  const asked = fetch(request).then(async (answer) => {
    const isPlain = answer.status === 200 && answer.type === 'basic' && !answer.redirected;
    const reader = isPlain && Number(answer.headers.get('content-length')) <= WHOLE_MAX ? answer.body?.getReader() : undefined;
    if (!reader) return answer;
    const body = await begun(reader, WHOLE_MAX, () => {});
    if (!(body instanceof ReadableStream)) told({ answer, bytes: body });
    return new Response(body, answer);
  });
  asked.catch(() => {});
  underWay.set(request, asked);
}

/** The origin's answer to a page's request: the one under way, once, or another. @param {Request} request */
export function askOnce(request) {
  const asked = underWay.get(request);
  underWay.delete(request);
  return asked ?? fetch(request);
}

/** Nobody needs it. @param {Request} request */
export function leave(request) {
  const asked = underWay.get(request);
  underWay.delete(request);
  asked?.then(({ body }) => body?.cancel()).catch(() => {});
}
