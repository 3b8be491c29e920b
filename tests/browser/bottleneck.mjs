//! A thin line: so many bytes a second for everyone together, shared fairly by those who have something to send.

/** What one sender may send before the next has its turn, in bytes. */
export const SLICE_BYTES = 16 * 1024;

export class Bottleneck {
  /** When what has been let through so far will have left, in milliseconds. */
  #free = 0;

  /** @param {number} megabits a second */
  constructor(megabits) {
    this.bytesPerMs = (megabits * 1e6) / 8 / 1000;
  }

  /** Waits until so many bytes have left. Senders who ask for a slice only after their last one has left take turns. */
  async pass(/** @type {number} */ bytes) {
    const now = performance.now();
    this.#free = Math.max(now, this.#free) + bytes / this.bytesPerMs;
    await new Promise((resolve) => setTimeout(resolve, this.#free - now));
  }
}
