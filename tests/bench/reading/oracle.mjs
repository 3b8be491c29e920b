//! What could have been had without the origin: bytes that the reader had, or that another held who was there, when they were asked for.

/** @typedef {import('./site.mjs').Library} Library */
/** @typedef {import('./reader.mjs').Click} Click */

/**
 * @param {Library} library
 * @param {string[]} visitors all of them began at the first page and were there all the time
 * @param {Click[]} clicks
 * @returns {{ asked: number, could: number }} in bytes of what pages asked for
 */
export function oracle(library, visitors, clicks) {
  /** Since when each visitor has held what. @type {Map<string, Map<string, number>>} */
  const held = new Map(visitors.map((name) => [name, new Map(parts(library, '/').map((part) => [part, 0]))]));
  let [asked, could] = [0, 0];
  for (const { visitor, path, at, seen } of [...clicks].sort((a, b) => a.at - b.at)) {
    for (const part of parts(library, path)) {
      const bytes = library.bytes.get(part) ?? 0;
      asked += bytes;
      if ([...held.values()].some((its) => (its.get(part) ?? Infinity) <= at)) could += bytes;
      const own = held.get(visitor);
      if (own && !own.has(part)) own.set(part, seen);
    }
  }
  return { asked, could };
}

/** @param {Library} library @param {string} path */
const parts = (library, path) => library.contents.get(path)?.parts ?? [];
