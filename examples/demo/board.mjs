//! The table of the demonstration: who has had how much from where. Redrawn in place on a terminal, plain lines elsewhere.

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** @typedef {{bytes: number, requests: number}} Sent */

export class Board {
  /** What plain visits cost the origin. @type {Sent} */ plain = { bytes: 0, requests: 0 };
  /** @type {Map<import('../../tests/browser/visitors.mjs').Visitor, {path: string, stats: any}>} */ #rows = new Map();
  #drawn = 0;

  /** @param {NodeJS.WriteStream} out @param {string} same what the plain visits were */
  constructor(out, same) {
    this.out = out;
    this.same = same;
  }

  /** @param {import('../../tests/browser/visitors.mjs').Visitor} visitor */
  add(visitor, place = '/') {
    this.#rows.set(visitor, { path: place, stats: undefined });
  }

  /** A visitor has come to a page, or to another place in it. @param {import('../../tests/browser/visitors.mjs').Visitor} visitor */
  async clicked(visitor, /** @type {string} */ path) {
    const stats = await visitor.stats().catch(() => undefined);
    const row = { path, stats: stats ?? this.#rows.get(visitor)?.stats };
    this.#rows.set(visitor, row);
    if (!this.out.isTTY && row.stats) {
      const { bytes, peers } = row.stats;
      this.out.write(`${visitor.name.padEnd(6)} ${path.padEnd(44)} cache ${size(bytes.cache)}, peers ${size(bytes.peers)}, origin ${size(bytes.origin)}; ${peers} links\n`);
    }
  }

  /** Asks all visitors again. */
  async refresh() {
    await Promise.all([...this.#rows].map(async ([visitor, row]) => (row.stats = (await visitor.stats().catch(() => undefined)) ?? row.stats)));
  }

  /** A line that stays. */
  say(/** @type {string} */ text) {
    this.#wipe();
    this.out.write(`${text}\n`);
  }

  /** Draws the table on a terminal. @param {Sent} sent */
  show(sent) {
    if (!this.out.isTTY) return;
    this.#wipe();
    const width = (this.out.columns ?? 100) - 1;
    const cell = (/** @type {any} */ stats, /** @type {string} */ source) => (stats ? `${size(stats.bytes[source])} in ${stats.requests[source]}` : '').padStart(18);
    const lines = ['', `${'visitor'.padEnd(9)}${'from cache'.padStart(18)}${'from peers'.padStart(18)}${'from origin'.padStart(18)}${'links'.padStart(7)}  at`];
    for (const [visitor, { path, stats }] of this.#rows) lines.push(`${visitor.name.padEnd(9)}${cell(stats, 'cache')}${cell(stats, 'peers')}${cell(stats, 'origin')}${String(stats?.peers ?? '').padStart(7)}  ${path}`);
    lines.push('', this.verdict(sent));
    this.out.write(lines.map((line) => line.slice(0, width)).join('\n') + '\n');
    this.#drawn = lines.length;
  }

  /** @param {Sent} sent */
  verdict(sent) {
    const share = this.plain.bytes > 0 ? ` (${Math.round((100 * sent.bytes) / this.plain.bytes)} %)` : '';
    return `The origin has sent ${size(sent.bytes)} of content in ${sent.requests} answers; ${this.same}: ${size(this.plain.bytes)} in ${this.plain.requests}${share}.`;
  }

  /** Takes the table away so that what follows stands in its place. */
  #wipe() {
    if (this.#drawn > 0) this.out.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }
}
