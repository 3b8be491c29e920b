//! What the worker's wasm asks of its surroundings: what its glue and the shim give, and nothing else. An import of `env` is C code or a clock that found no
//! home, and would keep the worker from starting.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

const WASM = new URL('../../target/worker/pkg/swarmfetch_worker_bg.wasm', import.meta.url);

/** The glue, and the shim's modules that `sw-shim/build.mjs` bundles with it. */
const GIVEN = ['./swarmfetch_worker_bg.js', 'swarmfetch-acts'];

it("the worker's wasm imports only what the glue and the shim give", () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(WASM)));
  assert(imports.length > 0);
  assert.deepEqual(imports.filter(({ module }) => !GIVEN.includes(module)), []);
});
