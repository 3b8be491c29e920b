//! The way out of a link: a queue that follows the data channel's own buffer.
//!
//! Chromium's `send` fails for good when 16 MiB stand in the buffer, and what stands there is lost to the worker's control. So little is kept
//! there, the rest waits here, bounded, and the worker hears how much has left.

/** What may stand in the channel's own buffer, in bytes: some round trips' worth, far below 16 MiB. */
const BUFFERED_BYTES_MAX = 1024 * 1024;
/** What may wait before it, in bytes. The worker keeps to a smaller window of its own; more is a fault. */
const QUEUED_BYTES_MAX = 4 * 1024 * 1024;
/** So many bytes leave the buffer between two reports: few enough to keep it filled, enough to be rare. */
const DRAINED_BYTES = 64 * 1024;
/** A look, in ms, whether the buffer has fallen unnoticed: the threshold moves while it falls, and an engine that counts on another thread can miss it. */
const LOOK_MS = 250;

/**
 * @typedef {object} Outbox
 * @property {(frames: ArrayBuffer[]) => void} send
 * @property {() => void} pump moves on what may go
 * @property {() => void} close
 */

/**
 * @param {RTCDataChannel} channel
 * @param {object} events
 * @param {(bytes: number) => void} events.drained bytes that have left the buffer since the last report
 * @param {(why: 'overflow' | 'broken') => void} events.failed
 * @returns {Outbox}
 */
export function openOutbox(channel, events) {
  /** @type {ArrayBuffer[]} */
  let queue = [];
  let queuedBytes = 0;
  let sentBytes = 0;
  let reportedBytes = 0;
  let look = 0;

  const pump = () => {
    if (channel.readyState !== 'open') return;
    let taken = 0;
    try {
      while (taken < queue.length && channel.bufferedAmount < BUFFERED_BYTES_MAX) {
        const frame = /** @type {ArrayBuffer} */ (queue[taken]);
        channel.send(frame);
        taken += 1;
        sentBytes += frame.byteLength;
        queuedBytes -= frame.byteLength;
      }
    } catch {
      return events.failed('broken');
    }
    queue.splice(0, taken);
    report();
  };

  const report = () => {
    const standing = channel.bufferedAmount;
    const drained = sentBytes - standing - reportedBytes;
    if (drained >= DRAINED_BYTES || (drained > 0 && standing === 0)) {
      reportedBytes += drained;
      events.drained(drained);
    }
    channel.bufferedAmountLowThreshold = Math.max(0, standing - DRAINED_BYTES);
    clearTimeout(look);
    if (standing > 0) look = setTimeout(pump, LOOK_MS);
  };

  channel.onbufferedamountlow = pump;

  return {
    send(frames) {
      for (const frame of frames) {
        queue.push(frame);
        queuedBytes += frame.byteLength;
      }
      if (queuedBytes > QUEUED_BYTES_MAX) events.failed('overflow');
      else pump();
    },
    pump,
    close() {
      channel.onbufferedamountlow = null;
      clearTimeout(look);
      queue = [];
    },
  };
}
