//! Names of properties that the build makes short: none of them is one that somebody else reads.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { it } from 'node:test';
import { OURS } from '../../sw-shim/names.mjs';

const SHIM = new URL('../../sw-shim/', import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, SHIM), 'utf8');
const files = (/** @type {string} */ folder) => readdirSync(new URL(folder, SHIM)).map((name) => `${folder}${name}`);
const bare = (/** @type {string} */ text) => text.replace(/\/\*[^]*?\*\/|\/\/.*/g, '');

/** The type checker's declarations of the platform. */
const [LIB = ''] = files('node_modules/@typescript/').map((path) => `${path}/lib/`).filter((path) => files(path).includes(`${path}lib.dom.d.ts`));
/** What the declarations do not know yet. */
const NEWER = ['addRoutes', 'createPolicy', 'createScriptURL', 'nextHopProtocol', 'prerendering', 'saveData', 'trustedTypes', 'urlPattern'];
/** Where it runs, and what of it speaks with others: the other script, a tracker, `publish`, the page. */
const SCRIPTS = {
  'page.js': { platform: /lib\.(dom|es)/, sources: ['page.js', ...files('page/'), ...files('bridge/')], outward: ['globals.d.ts', 'page/api.js'] },
  'boot.js': { platform: /lib\.(webworker|es)/, sources: ['boot.js', ...files('boot/')], outward: ['globals.worker.d.ts', 'boot/tracker.js', 'boot/nominate.js', 'boot/settings.js'] },
};

for (const [entry, { platform, sources, outward }] of Object.entries(SCRIPTS)) {
  const ours = OURS[entry] ?? [];

  it(`${entry} has no short name for what the platform has`, () => {
    const text = files(LIB).filter((path) => platform.test(path)).map(read).map(bare).join('\n');
    // What stands before a type or parameters: members, and parameters too.
    const names = new Set([...NEWER, ...[...text.matchAll(/([\w$]+)\??\s*[:(<]/g)].map(([, name]) => name)]);
    assert(names.has('postMessage') && names.has('byteLength'), 'the declarations were not found');
    assert.deepEqual(ours.filter((name) => names.has(name)), []);
  });

  it(`${entry} has no short name for what others read`, () => {
    const protocol = [...read('protocol.js').matchAll(/@property \{[^}]*\} \[?(\w+)|(\w+)\??:/g)].map(([, property, member]) => property ?? member);
    const words = new Set([...protocol, ...outward.map(read).map(bare).flatMap((text) => text.match(/\w+/g) ?? [])]);
    // The worker's state.
    const [, saved = ''] = /const saved = \{([^]*?)\n {2}\};/.exec(read('boot/site.js')) ?? [];
    assert(/\bspec: /.test(saved), 'what is saved was not found');
    for (const name of [...saved.matchAll(/(\w+)(?=:|,|\n)/g), ...read('boot/site.js').matchAll(/\bsaved\??\.(\w+)/g)].map(([, name]) => name)) words.add(name);
    assert.deepEqual(ours.filter((name) => words.has(name)), []);
  });

  it(`${entry} says none of its short names in quotes, and each stands in it`, () => {
    const text = sources.map(read).map(bare).join('\n');
    assert.deepEqual(ours.filter((name) => text.includes(`'${name}'`) || text.includes(`"${name}"`)), []);
    assert.deepEqual(ours.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)), []);
  });
}
