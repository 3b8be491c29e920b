//! Where the three visitors click: along links that the pages really have. Ben looks at much that Anna has seen, as readers of one site do; Clara goes
//! where one of them has been, since from a silent origin there is nothing else to be had.
import { Stream } from '../wiki/src/random.mjs';

/** Pages that Anna looks at, that Ben looks at where Anna has been and then elsewhere, and that Clara looks at. */
const ANNAS = 20;
const BENS_SHARED = 12;
const BENS_OWN = 4;
const CLARAS = 12;

/** The kinds that a reader browses by. */
const DOORS = ['/lights/', '/islands/', '/harbours/', '/wrecks/', '/passages/', '/keepers/'];

/**
 * Three routes; the front page, where all begin, is not part of them.
 * @param {(path: string) => string} read the HTML of a page
 * @returns {[string[], string[], string[]]}
 */
export function routes(read) {
  const links = (/** @type {string} */ path) => [...new Set([...read(path).matchAll(/<a href="(\/[a-z]+\/[a-z0-9-]*(?:\.html)?)"/g)].map((m) => m[1]))].filter((to) => to !== path && !/^\/(about|desk)\//.test(to));
  const anna = wander('anna', links, ANNAS, () => true);
  const shared = wander('ben', links, BENS_SHARED, (path) => anna.includes(path));
  const own = wander('ben, further', links, BENS_OWN, (path) => !anna.includes(path));
  const seen = new Set([...anna, ...shared, ...own]);
  return [anna, [...shared, ...own], wander('clara', links, CLARAS, (path) => seen.has(path))];
}

/**
 * One reader: in by a door, from article to article, back to a door when an article leads nowhere new.
 * @param {(path: string) => string[]} links
 * @param {(path: string) => boolean} allowed
 */
function wander(/** @type {string} */ name, links, /** @type {number} */ length, allowed) {
  const s = new Stream(`route ${name}`);
  const doors = DOORS.filter(allowed);
  /** @type {string[]} */
  const route = [];
  let here = '/';
  while (route.length < length) {
    const onward = links(here).filter((to) => allowed(to) && !route.includes(to) && !DOORS.includes(to));
    if (here === '/' || onward.length === 0 || s.chance(0.2)) {
      const unused = doors.filter((door) => door !== here && !route.includes(door));
      if (unused.length > 0) here = s.pick(unused);
      else if (onward.length > 0) here = s.pick(onward);
      else break;
    } else {
      // The first links of a page are clicked most.
      here = onward[Math.floor(onward.length * s.next() ** 2)];
    }
    route.push(here);
  }
  return route;
}
