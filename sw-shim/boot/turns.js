//! Over HTTP/1 a browser asks an origin for six things at once, and for the others when those have come. What waits for that cannot be withdrawn: Chromium asks
//! for it all the same. So what others may help with waits here.

import { isQueued } from './platform.js';

/** What a browser asks of one origin at once. */
const AT_ONCE = 6;
/** What a page can be seen to wait for is the browser's to put in order. */
const PATIENT = ['', 'image'];

let underWay = 0;
/** @type {(() => void)[]} */
const waiting = [];

/** Does it now, or when there is room for what this request asks for. @param {Request} request @param {() => Promise<void> | undefined} task */
export async function inTurn({ destination, mode }, task) {
  if (!PATIENT.includes(destination) || mode === 'navigate' || !isQueued()) return task();
  if (underWay < AT_ONCE) underWay++;
  else await new Promise((/** @type {(_: void) => void} */ resolve) => waiting.push(resolve));
  try {
    await task();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else underWay--;
  }
}
