//! The facts of the invented archipelago: where things lie, what they are called, when they were built and lost.
//! All of it follows from names.mjs and the seed; no sentence is made here (prose.mjs) and nothing is drawn (chart.mjs, view.mjs).
import { Stream } from './random.mjs';
import * as names from './names.mjs';

/** Kilometres covered by the whole chart, west to east and north to south. */
export const SEA_KM = { width: 120, height: 150 };

/** How many things of each kind are made. */
const COUNTS = { lights: 92, harbours: 56, keepers: 44, passages: 36 };

/**
 * @typedef {{kind: string, slug: string, name: string}} Named
 * @typedef {Named & {x: number, y: number, km: number, summit: number, people: number, once: number, rock: string, look: string,
 *   trades: string[], birds: string[], plant: string, lobes: {dx: number, dy: number, r: number}[]}} Island
 * @typedef {{rhythm: string, flashes: number, colour: string, period: number, height: number, range: number}} Character
 * @typedef {Named & {island: Island, bearing: number, built: number, engineer: string, automated: number, tower: number, bands: string,
 *   material: string, character: Character, optic: string, steps: number}} Light
 * @typedef {Named & {island: Island, bearing: number, depth: number, shelter: string, exposed: string, springs: number, neaps: number, pier: number,
 *   interval: number}} Harbour
 * @typedef {Named & {island: Island, year: number, month: string, rig: string, tons: number, cargo: string, crew: number, saved: number, cause: string,
 *   home: Harbour, depth: number, before: Light | undefined}} Wreck
 * @typedef {Named & {born: number, birthplace: Island, posts: {light: Light, from: number, to: number, rank: string}[], habit: number}} Keeper
 * @typedef {Named & {a: Island, b: Island, km: number, rate: number, depth: number, turns: number}} Passage
 * @typedef {{islands: Island[], lights: Light[], harbours: Harbour[], wrecks: Wreck[], keepers: Keeper[], passages: Passage[]}} World
 */

const POINTS = ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'];
const MONTHS = ['January', 'February', 'March', 'April', 'August', 'September', 'October', 'November', 'December'];

/** The compass point of a bearing in degrees. */
export function point(/** @type {number} */ bearing) {
  return POINTS[Math.round(bearing / 45) % 8];
}

/** Lower-case words joined by dashes: the file name of an article. */
export function slug(/** @type {string} */ name) {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

/** Kilometres between two islands' middles. */
export function distance(/** @type {Island} */ a, /** @type {Island} */ b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** @returns {World} */
export function makeWorld() {
  const islands = makeIslands();
  const lights = makeLights(islands);
  const harbours = makeHarbours(islands);
  const wrecks = makeWrecks(islands, lights, harbours);
  const keepers = makeKeepers(islands, lights);
  const passages = makePassages(islands);
  return { islands, lights, harbours, wrecks, keepers, passages };
}

/** Places each island where the nearest shore is farthest away among a few throws, so that sounds are open but not empty. */
function makeIslands() {
  const throws = new Stream('places');
  /** @type {Island[]} */
  const islands = [];
  names.ISLANDS.forEach((name, rank) => {
    const s = new Stream(`island ${name}`);
    const km = 15 * Math.exp(-rank / 13) * s.between(0.85, 1.15) + 0.7;
    let best = { x: 0, y: 0, room: -Infinity };
    for (let i = 0; i < 24; i++) {
      // The chain runs from the south-west to the north-east, as such chains do.
      const y = throws.between(10, SEA_KM.height - 10);
      const x = SEA_KM.width * (0.78 - 0.55 * (y / SEA_KM.height)) + throws.between(-32, 32);
      if (x < 9 || x > SEA_KM.width - 9) continue;
      const room = Math.min(6, ...islands.map((o) => Math.hypot(o.x - x, o.y - y) - (o.km + km) * 0.62));
      if (room > best.room) best = { x, y, room };
    }
    const { rock, look } = s.pick(names.ROCKS);
    const small = km < 2.2;
    const count = small ? s.int(0, 60) : Math.round(km * km * s.between(6, 16));
    const once = count < 25 ? 0 : count;
    islands.push({
      kind: 'islands', slug: slug(name), name, x: best.x, y: best.y, km, rock, look,
      summit: Math.round(18 + km * s.between(9, 34)),
      once, people: once === 0 || s.chance(0.12) ? 0 : Math.round(once * s.between(0.12, 0.7)),
      trades: s.shuffle(names.TRADES).slice(0, 3), birds: s.shuffle(names.BIRDS).slice(0, 3), plant: s.pick(names.PLANTS),
      lobes: Array.from({ length: s.int(2, 5) }, () => ({ dx: s.between(-0.5, 0.5), dy: s.between(-0.42, 0.42), r: s.between(0.26, 0.5) })),
    });
  });
  return islands;
}

/** Each island gets one thing of a kind in turn, larger ones more often, each with another form of name. */
function shares(/** @type {Island[]} */ islands, /** @type {number} */ count, /** @type {readonly string[]} */ forms, /** @type {string} */ stream) {
  const s = new Stream(stream);
  const order = islands.map((island) => ({ island, forms: s.shuffle(forms), taken: 0 }));
  const made = [];
  for (let round = 0; made.length < count; round++) {
    for (const entry of order.slice(0, Math.ceil(order.length / (1 + round * 0.9)))) {
      if (made.length === count || entry.taken === entry.forms.length) continue;
      made.push({ island: entry.island, name: entry.forms[entry.taken++].replace('%', entry.island.name.replace(/^The /, '')) });
    }
  }
  return made;
}

/** @returns {Light[]} */
function makeLights(/** @type {Island[]} */ islands) {
  return shares(islands, COUNTS.lights, names.LIGHT_FORMS, 'lights').map(({ island, name }) => {
    const s = new Stream(`light ${name}`);
    const built = s.int(1789, 1912);
    const engineer = s.pick(names.ENGINEERS.filter((e) => e.from <= built && built <= e.to)).name;
    const tower = s.int(7, 42);
    const height = tower + s.int(4, Math.max(8, Math.min(70, island.summit)));
    const rhythm = s.pick(['Fl', 'Fl', 'Fl', 'LFl', 'Oc', 'Iso', 'Q']);
    const flashes = rhythm === 'Fl' || rhythm === 'Oc' ? s.pick([1, 1, 2, 2, 3, 4]) : 1;
    const period = rhythm === 'Q' ? 1 : rhythm === 'Iso' ? s.pick([2, 4, 6, 8]) : s.pick([5, 6, 8, 10, 12, 15, 20, 30].slice(flashes > 2 ? 3 : 0));
    return {
      kind: 'lights', slug: slug(name), name, island, bearing: s.int(0, 359), built, engineer, automated: s.int(1964, 1998), tower,
      bands: s.pick(['plain white', 'plain white', 'white with one red band', 'white with two black bands', 'red and white bands', 'natural stone', 'black and white bands']),
      material: s.pick(['granite ashlar', 'rubble and harling', 'brick', 'cast iron plates', 'dressed sandstone']),
      character: { rhythm, flashes, colour: s.pick(['W', 'W', 'W', 'W', 'R', 'WR', 'G']), period, height, range: Math.round(6 + Math.sqrt(height) * 1.6 + s.between(0, 4)) },
      optic: s.pick(['a first-order dioptric lens', 'a second-order rotating lens', 'a fourth-order fixed lens', 'a set of silvered reflectors', 'a third-order lens on a mercury bath']),
      steps: Math.round(tower * s.between(4.3, 5.1)),
    };
  });
}

/** @returns {Harbour[]} */
function makeHarbours(/** @type {Island[]} */ islands) {
  return shares(islands.slice(0, 36), COUNTS.harbours, names.HARBOUR_FORMS, 'harbours').map(({ island, name }) => {
    const s = new Stream(`harbour ${name}`);
    const bearing = s.int(0, 359);
    const springs = s.between(1.9, 4.4);
    return {
      kind: 'harbours', slug: slug(name), name, island, bearing, depth: s.between(1.1, 9.5), springs, neaps: springs * s.between(0.42, 0.55),
      shelter: s.pick(['good in all winds', 'good except in gales', 'fair', 'good in summer', 'excellent once inside', 'tolerable with a second anchor']),
      exposed: point((bearing + s.pick([0, 45, 315])) % 360), pier: s.int(18, 210), interval: s.between(0, 12.4),
    };
  });
}

/** @returns {Wreck[]} */
function makeWrecks(/** @type {Island[]} */ islands, /** @type {Light[]} */ lights, /** @type {Harbour[]} */ harbours) {
  return names.SHIPS.map((name) => {
    const s = new Stream(`wreck ${name}`);
    const island = s.pick(islands);
    const year = s.int(1772, 1938);
    const steam = year > 1842;
    const rig = s.pick(steam ? names.RIGS : names.RIGS.slice(0, 7));
    const crew = s.int(3, rig.includes('steam') ? 26 : 13);
    const lost = s.pick([0, 0, 0, 1, 2, 3, crew]);
    return {
      kind: 'wrecks', slug: slug(name), name, island, year, month: s.pick(MONTHS), rig, tons: s.int(28, rig.includes('steam') ? 900 : 380),
      cargo: s.pick(names.CARGOES), crew, saved: Math.max(0, crew - lost),
      cause: s.pick(['fog', 'a snow squall', 'a parted cable', 'a mistaken light', 'a south-easterly gale', 'a lee shore and no wind to leave it', 'a rudder carried away', 'the ebb in the sound']),
      home: s.pick(harbours), depth: s.int(6, 44),
      before: lights.find((l) => l.island === island && l.built > year && l.built - year < 12),
    };
  });
}

/** @returns {Keeper[]} */
function makeKeepers(/** @type {Island[]} */ islands, /** @type {Light[]} */ lights) {
  const s = new Stream('keepers');
  const first = s.shuffle(names.FORENAMES), last = s.shuffle(names.SURNAMES);
  return Array.from({ length: COUNTS.keepers }, (_, i) => {
    const name = `${first[i % first.length]} ${last[(i * 7 + 3) % last.length]}`;
    const k = new Stream(`keeper ${name}`);
    const born = k.int(1795, 1935);
    /** @type {Keeper['posts']} */
    const posts = [];
    let from = born + k.int(19, 28);
    for (const rank of ['assistant keeper', 'assistant keeper', 'principal keeper']) {
      const to = from + k.int(3, 14);
      const open = lights.filter((l) => l.built <= from && to <= l.automated && !posts.some((p) => p.light === l));
      if (open.length > 0) posts.push({ light: k.pick(open), from, to, rank });
      from = to;
    }
    return { kind: 'keepers', slug: slug(name), name, born, birthplace: k.pick(islands.filter((o) => o.once > 0)), posts, habit: k.int(0, 1000) };
  });
}

/** The narrowest waters between neighbours become passages. @returns {Passage[]} */
function makePassages(/** @type {Island[]} */ islands) {
  const pairs = [];
  for (const [i, a] of islands.entries()) {
    for (const b of islands.slice(i + 1)) pairs.push({ a, b, gap: distance(a, b) - (a.km + b.km) * 0.45 });
  }
  pairs.sort((p, q) => p.gap - q.gap);
  const used = new Set();
  return pairs.filter(({ b }) => !used.has(b.name) && used.add(b.name)).slice(0, COUNTS.passages).map(({ a, b, gap }) => {
    const s = new Stream(`passage ${a.name} ${b.name}`);
    const name = s.pick(['Sound of %', '% Roost', '% Firth', 'Gut of %', '% Swelkie']).replace('%', b.name.replace(/^The /, ''));
    const km = Math.max(0.4, gap);
    return { kind: 'passages', slug: slug(name), name, a, b, km, rate: Math.min(9.4, 1.1 + 32 / (km + 3) + s.between(0, 1.2)), depth: s.int(7, 78), turns: s.between(-2.5, 2.5) };
  });
}
