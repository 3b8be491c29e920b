//! How long a page waits for the origin's head, in time that stands still until it is told to pass.
import assert from 'node:assert/strict';
import { it, mock } from 'node:test';
import { boot } from './worker.mjs';

const core = await boot('core.js');
const site = await boot('site.js');
assert(core.start(), 'the wasm does not run');
mock.timers.enable({ apis: ['setTimeout'] });

/** Lets promises that can be kept be kept. */
const settle = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** An origin that answers, that it has nothing, when told. */
function origin() {
  const asked = { times: 0, answer: () => {} };
  globalThis.fetch = async () => {
    asked.times++;
    await new Promise((resolve) => (asked.answer = () => resolve(undefined)));
    return new Response(null, { status: 404 });
  };
  return asked;
}

/** Whether a page still waits. */
function page() {
  const one = { waits: true };
  void site.freshen().then(() => (one.waits = false));
  return one;
}

it('a page that comes while the head is on its way waits for it, whoever asked', async () => {
  const asked = origin();
  const other = site.refresh();
  const opened = page();
  await settle();
  assert.equal(opened.waits, true, 'it was given the version before');
  asked.answer();
  await other;
  await settle();
  assert.equal(opened.waits, false);
  assert.equal(asked.times, 1);
});

it('nobody waits longer than a third of a second for it, counted from when it was asked for', async () => {
  const asked = origin();
  const other = site.refresh();
  const opened = page();
  await settle();
  assert.equal(opened.waits, true);
  mock.timers.tick(300);
  await settle();
  assert.equal(opened.waits, false);
  asked.answer();
  await other;
});

it('a page waits for a head that is to be asked for anew', async () => {
  const asked = origin();
  site.state.checked = 0;
  const opened = page();
  await settle();
  assert.deepEqual([opened.waits, asked.times], [true, 1]);
  asked.answer();
  await settle();
  assert.equal(opened.waits, false);
});

it('nobody waits for a head that is fresh', async () => {
  const asked = origin();
  const opened = page();
  await settle();
  assert.equal(opened.waits, false);
  assert.equal(asked.times, 0);
});
