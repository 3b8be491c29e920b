//! How long a document is held back for what it will need, in time that stands still until it is told to pass.
import assert from 'node:assert/strict';
import { beforeEach, it, mock } from 'node:test';

// What the build and the browser give.
Object.assign(globalThis, { self: { location: new URL('https://site.example/swarmfetch-sw.js') }, __SWARMFETCH_SITE__: null });
const { allCome } = await import('../../sw-shim/boot/hold.js');

/** Lets promises that can be kept be kept. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A want: it comes, or is called late, when told. */
function wanted() {
  const one = { comes: () => {}, isLate: () => {}, come: Promise.resolve(), late: Promise.resolve() };
  one.come = new Promise((resolve) => (one.comes = resolve));
  one.late = new Promise((resolve) => (one.isLate = resolve));
  return one;
}

/** The document has come: how many milliseconds it is held back from now, while nothing else happens. @param {() => Promise<unknown>} wait */
async function heldMs(wait) {
  let over = false;
  void wait().then(() => (over = true));
  for (let ms = 0; ; ms += 10) {
    await settle();
    if (over) return ms;
    assert(ms < 10_000, 'held for ever');
    mock.timers.tick(10);
  }
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
});

it('nothing is held when all has come', async () => {
  const wants = [wanted(), wanted()];
  const wait = allCome(wants);
  wants.forEach(({ comes }) => comes());
  assert.equal(await heldMs(wait), 0);
});

it('what flows is waited for, and not for ever', async () => {
  assert.equal(await heldMs(allCome([wanted()])), 400);
  const [first, second] = [wanted(), wanted()];
  const wait = allCome([first, second]);
  first.comes();
  setTimeout(second.comes, 250);
  assert.equal(await heldMs(wait), 250);
});

it('what was called late has a short while from then', async () => {
  const [one, other] = [wanted(), wanted()];
  const wait = allCome([one, other]);
  one.isLate();
  other.comes();
  await settle();
  mock.timers.tick(40);
  await settle();
  assert.equal(await heldMs(wait), 60);
});

it('what was late long before the document came is not waited for', async () => {
  const one = wanted();
  const wait = allCome([one]);
  one.isLate();
  await settle();
  mock.timers.tick(500);
  assert.equal(await heldMs(wait), 0);
});

it('one that is late does not cut short the wait for those that flow', async () => {
  const [late, flowing] = [wanted(), wanted()];
  const wait = allCome([late, flowing]);
  late.isLate();
  setTimeout(flowing.comes, 200);
  assert.equal(await heldMs(wait), 200);
});

it('what comes late after all ends the wait', async () => {
  const one = wanted();
  const wait = allCome([one]);
  one.isLate();
  setTimeout(one.comes, 30);
  assert.equal(await heldMs(wait), 30);
});
