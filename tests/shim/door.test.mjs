//! The numbers of calls and acts stand in Rust and in JavaScript: they are the same ones, in the same order.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const snake = (/** @type {string} */ name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

it('calls have the same numbers on both sides of the door', () => {
  const rust = [...read('crates/worker/src/door.rs').matchAll(/^ {12}(\d+) => (?:\{[^}]*?)?[^\n]*?self\s*\.(\w+)\(/gm)].map(([, number, name]) => [Number(number), name]);
  const js = [...read('sw-shim/boot/door.js').matchAll(/^export const (\w+) = .*?\b(?:ask|asked|agreed|told|given|said)\((\d+)/gm)].map(([, name, number]) => [Number(number), snake(/** @type {string} */ (name))]);
  // The door itself makes the core.
  assert.deepEqual(js.filter(([number]) => number !== 0), rust);
  assert(rust.length > 30, 'the calls were not found');
});

it('every act has its place in the list', () => {
  const [, body = ''] = /enum Act \{([^]*?)\n\}/.exec(read('crates/worker/src/acts.rs')) ?? [];
  const rust = [...body.matchAll(/^ {4}(\w+),$/gm)].map(([, name]) => /** @type {string} */ (name));
  const [, list = ''] = /const ACTS = \[([^]*?)\n\];/.exec(read('sw-shim/boot/acts.js')) ?? [];
  const js = list.trim().split('\n').map((line) => line.trim());
  assert.equal(rust[0], 'Answer');
  assert.equal(js.length, rust.length - 1);
  // Most name what they do.
  const named = rust.slice(1).map((name, at) => js[at]?.toLowerCase().includes(name.toLowerCase()));
  const others = rust.slice(1).filter((_, at) => !named[at]);
  assert.deepEqual(others, ['Deliver', 'DeliverOrigin', 'DeliverNothing']);
});
