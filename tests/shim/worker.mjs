//! The worker's own modules in Node, around the real wasm: `boot/core.js` starts it as in a browser. What a browser would give is as good as nothing here: no
//! pages, an empty store, no site. Import it before anything of `sw-shim/boot`.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { ravel } from '../../sw-shim/ravel.mjs';

const PKG = new URL('../../target/worker/pkg/', import.meta.url);
const BOOT = new URL('../../sw-shim/boot/', import.meta.url);

/** The names that the build puts files in the place of. */
const NAMED = { 'swarmfetch-wasm': new URL('glue.js', PKG).href, 'swarmfetch-acts': new URL('acts.js', BOOT).href };
const HOOKS = `const NAMED = ${JSON.stringify(NAMED)};
export const resolve = (name, context, next) => (NAMED[name] ? { url: NAMED[name], format: 'module', shortCircuit: true } : next(name, context));`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);

const { text, reader } = await ravel(readFileSync(new URL('small.wasm', PKG)));
const nothing = async () => undefined;
Object.assign(globalThis, {
  self: {
    location: new URL('https://site.example/swarmfetch-sw.js'),
    clients: { matchAll: async () => [], get: nothing, claim: nothing },
    registration: { active: null },
  },
  caches: { open: async () => ({ match: nothing, put: nothing, delete: async () => false, keys: async () => [] }) },
  // The base point of Ed25519: a key that nobody has to sign with here.
  __SWARMFETCH_SITE__: { site: '00112233445566778899aabbccddeeff', root: `58${'66'.repeat(31)}`, floor: 0, rules: { share: [], private: [] } },
  __SWARMFETCH_WASM__: text,
  __SWARMFETCH_READER__: reader,
});
// Read-only in later releases of Node.
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });

/** One of the worker's modules. @param {string} name */
export const boot = (name) => import(new URL(name, BOOT).href);
