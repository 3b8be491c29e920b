//! What a visitor downloads for the swarm itself: `make size`. Publishes a site of one page, prints what its two scripts and the wasm in them weigh, and
//! ends with 1 where one is heavier than it may be.
//!
//!   node tests/shim/size.mjs PAGE_RAW_MAX SW_BROTLI_MAX     (bytes)
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [PAGE_RAW_MAX, SW_BROTLI_MAX] = process.argv.slice(2).map(Number);
if (!(PAGE_RAW_MAX > 0 && SW_BROTLI_MAX > 0)) throw new Error('usage: size.mjs PAGE_RAW_MAX SW_BROTLI_MAX');

/** The scripts as a site serves them, with its id, key and rules inside. */
function published() {
  const base = mkdtempSync(join(tmpdir(), 'swarmfetch-size-'));
  try {
    mkdirSync(join(base, 'site'));
    writeFileSync(join(base, 'site/index.html'), '<!doctype html><title>One page</title>\n');
    const swarmfetch = process.env.SWARMFETCH_BIN ?? join(root, 'target/release/swarmfetch');
    for (const command of [['init', 'site'], ['publish']]) execFileSync(swarmfetch, command, { cwd: base, stdio: ['ignore', 'ignore', 'inherit'] });
    return { page: readFileSync(join(base, 'site/swarmfetch.js')), worker: readFileSync(join(base, 'site/swarmfetch-sw.js')) };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** @param {Buffer} bytes */
function weigh(bytes) {
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return { raw: bytes.length, gzip: zlib.gzipSync(bytes, { level: 9 }).length, brotli: zlib.brotliCompressSync(bytes, { params }).length };
}

const { page, worker } = published();
const weights = { page: weigh(page), worker: weigh(worker), wasm: weigh(readFileSync(join(root, 'target/worker/pkg/small.wasm'))) };

/** One line of the table. @param {...(string | number)} cells */
const line = (name, ...cells) => console.log([String(name).padEnd(22), ...cells.map((cell) => String(cell).padStart(9))].join(' '));
line('bytes', 'raw', 'gzip', 'brotli');
line('/swarmfetch.js', ...Object.values(weights.page));
line('/swarmfetch-sw.js', ...Object.values(weights.worker));
line('  the wasm in it', ...Object.values(weights.wasm));

for (const [name, bytes, most] of /** @type {const} */ ([
  ['/swarmfetch.js, raw', weights.page.raw, PAGE_RAW_MAX],
  ['/swarmfetch-sw.js, brotli', weights.worker.brotli, SW_BROTLI_MAX],
])) {
  console.log(`${name}: ${bytes} of at most ${most} bytes${bytes > most ? ': TOO HEAVY' : ''}`);
  if (bytes > most) process.exitCode = 1;
}
