//! The worker's memory is used again: an allocator that does not join what was freed would take more and more.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

const PKG = new URL('../../target/worker/pkg/', import.meta.url);

/** The call for an outboard, which takes bytes of any length and gives some back. */
const OUTBOARD = 7;

it('buffers of all lengths, freed in another order, leave no more than they took', async () => {
  const glue = readFileSync(new URL('swarmfetch_worker.js', PKG), 'utf8').replace(/import \{ act \} from .*/, 'const act = () => {};');
  const { initSync, call, lend } = await import(`data:text/javascript,${encodeURIComponent(glue)}`);
  const { memory } = initSync({ module: new WebAssembly.Module(readFileSync(new URL('swarmfetch_worker_bg.wasm', PKG))) });
  const round = () => {
    for (let at = 0; at < 400; at++) {
      for (const place of [3, 1, 2, 0]) lend(place, new Uint8Array(((at * 7919 + place * 104_729) % 300_000) + 1));
      call(OUTBOARD, 0, 0, 0);
    }
  };
  round();
  const bytes = memory.buffer.byteLength;
  for (let more = 0; more < 3; more++) round();
  assert.equal(memory.buffer.byteLength, bytes);
  assert(bytes < 8 << 20, `${bytes} bytes`);
});
