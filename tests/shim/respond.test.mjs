//! Which part of an answer a page gets: `Range` and `If-Range` as RFC 9110 has them.
import assert from 'node:assert/strict';
import { it } from 'node:test';

// What the build and the browser give.
Object.assign(globalThis, { self: { location: new URL('https://site.example/swarmfetch-sw.js') }, __SWARMFETCH_SITE__: null });
const { partOf, respond, signed, unsatisfiable } = await import('../../sw-shim/boot/respond.js');

const TEN = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);

it('signed headers are lines, and dates are IMF-fixdates', () => {
  assert.deepEqual(signed('etag: W/"x: y"'), ['etag', 'W/"x: y"']);
  for (const [line, date] of [
    ['0', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ['784111777', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['1709251199', 'Thu, 29 Feb 2024 23:59:59 GMT'],
    ['253402300799', 'Fri, 31 Dec 9999 23:59:59 GMT'],
    ['18446744073709551615', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ]) {
    assert.deepEqual(signed(/** @type {string} */ (line)), ['last-modified', date]);
  }
});

it('ranges are cut as RFC 9110 says', () => {
  const cut = (/** @type {string | null} */ range, len = 10) => partOf(range, null, undefined, len);
  assert.deepEqual(cut('bytes=0-0'), { start: 0, end: 1 });
  assert.deepEqual(cut('bytes=0-'), { start: 0, end: 10 });
  assert.deepEqual(cut('bytes=5-9'), { start: 5, end: 10 });
  assert.deepEqual(cut('bytes=5-99'), { start: 5, end: 10 });
  assert.deepEqual(cut('bytes=-1'), { start: 9, end: 10 });
  assert.deepEqual(cut('bytes=-99'), { start: 0, end: 10 });
  assert.equal(cut('bytes=-0'), 'unsatisfiable');
  assert.equal(cut('bytes=10-'), 'unsatisfiable');
  assert.equal(cut('bytes=10-12'), 'unsatisfiable');
  assert.equal(cut('bytes=99999999999999999999-'), 'unsatisfiable');
  assert.equal(cut('bytes=-5', 0), 'unsatisfiable');
  assert.equal(cut('bytes=0-', 0), 'unsatisfiable');
  assert.equal(cut('bytes=5-2'), 'whole');
  assert.equal(cut('bytes=x'), 'whole');
  assert.equal(cut('bytes=-'), 'whole');
  assert.equal(cut('lines=0-1'), 'whole');
  assert.equal(cut(null), 'whole');
});

it('If-Range wants the strong tag', () => {
  const cut = (/** @type {string} */ ifRange, /** @type {string | undefined} */ etag) => partOf('bytes=0-1', ifRange, etag, 10);
  assert.deepEqual(cut('"a"', '"a"'), { start: 0, end: 2 });
  assert.equal(cut('"b"', '"a"'), 'whole');
  assert.equal(cut('W/"a"', 'W/"a"'), 'whole');
  assert.equal(cut('"a"', undefined), 'whole');
});

it('a part carries its place and length, text as a whole no length', async () => {
  /** @type {import('../../sw-shim/boot/site.js').Label} */
  const label = { name: 'x/10', text: true, headers: [['content-type', 'text/plain']], needs: [] };
  const part = await respond(new Blob([TEN.slice(2, 5)]), { start: 2, end: 5 }, label, 10);
  assert.deepEqual([part.status, part.statusText, ...part.headers], [206, 'Partial Content', ['content-length', '3'], ['content-range', 'bytes 2-4/10'], ['content-type', 'text/plain']]);
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), TEN.slice(2, 5));
  const whole = await respond(new Blob([TEN]), 'whole', label, 10);
  assert.deepEqual([whole.status, ...whole.headers], [200, ['content-type', 'text/plain']]);
  const binary = await respond(new Blob([TEN]), 'whole', { ...label, text: false }, 10);
  assert.equal(binary.headers.get('content-length'), '10');
  const none = unsatisfiable(label.headers, 10);
  assert.deepEqual([none.status, ...none.headers], [416, ['content-length', '0'], ['content-range', 'bytes */10']]);
});
