//! The eight passages of the game: their hours, colours, scales and creatures, in the order in which they are sailed. Everything drawn or sounded
//! for a passage follows from its line here.

/** @typedef {[number, number, number]} Rgb */

/**
 * @typedef {object} Passage
 * @property {string} slug
 * @property {string} name
 * @property {string} light the light at its end
 * @property {string} story what the keeper's log says of it
 * @property {Rgb} top of the sky
 * @property {Rgb} foot of the sky
 * @property {Rgb} cloud
 * @property {Rgb} far the sea at the horizon
 * @property {Rgb} near the sea at the bow
 * @property {Rgb} land
 * @property {Rgb} disc sun or moon
 * @property {number} stars share of the sky's pixels
 * @property {number} cover of clouds, 0 to 1
 * @property {number} dark how much the boat's lamp is needed, 0 to 1
 * @property {string} creature
 * @property {number[]} scale semitones above the root
 * @property {number} root in Hz
 * @property {number} beat in seconds
 */

/** @type {Passage[]} */
export const PASSAGES = [
  { slug: 'arkle', name: 'Arkle Sound', light: 'Arkle Head', story: 'A fair evening to begin with. Oil enough for one light, and eight are dark.', top: [44, 58, 104], foot: [246, 168, 112], cloud: [250, 206, 160], far: [196, 134, 120], near: [44, 62, 102], land: [46, 44, 68], disc: [255, 226, 170], stars: 0.0006, cover: 0.5, dark: 0.12, creature: 'seal', scale: [0, 2, 4, 7, 9], root: 196, beat: 0.5 },
  { slug: 'dunavoe', name: 'The Dunavoe Stacks', light: 'Dunavoe', story: 'Rocks like teeth, said the pilot. The seals do not mind them.', top: [14, 20, 48], foot: [62, 82, 132], cloud: [48, 60, 104], far: [52, 72, 116], near: [12, 22, 46], land: [16, 20, 38], disc: [236, 240, 255], stars: 0.004, cover: 0.35, dark: 0.42, creature: 'seal', scale: [0, 3, 5, 7, 10], root: 174.6, beat: 0.55 },
  { slug: 'hvitay', name: 'Hvitay Roads', light: 'Hvitay', story: 'First frost. The northern lights came down to look at us.', top: [8, 18, 38], foot: [36, 112, 108], cloud: [70, 210, 160], far: [30, 92, 98], near: [8, 24, 40], land: [12, 26, 36], disc: [226, 246, 240], stars: 0.006, cover: 0.55, dark: 0.38, creature: 'whale', scale: [0, 2, 3, 7, 8], root: 164.8, beat: 0.6 },
  { slug: 'grimsta', name: 'Grimsta Fog', light: 'Grimsta', story: 'We steer by the bell buoys and by the smell of the kelp.', top: [126, 138, 146], foot: [188, 194, 192], cloud: [206, 210, 206], far: [172, 182, 182], near: [74, 94, 100], land: [98, 110, 112], disc: [236, 232, 214], stars: 0, cover: 0.9, dark: 0.15, creature: 'puffin', scale: [0, 2, 5, 7, 9], root: 146.8, beat: 0.7 },
  { slug: 'selkay', name: 'Selkay Narrows', light: 'Selkay', story: 'Dawn, and every gull of the island came out to count the barrels.', top: [98, 138, 190], foot: [252, 208, 176], cloud: [255, 236, 214], far: [214, 190, 178], near: [60, 116, 138], land: [82, 92, 96], disc: [255, 244, 206], stars: 0.0002, cover: 0.45, dark: 0, creature: 'puffin', scale: [0, 2, 4, 7, 11], root: 220, beat: 0.45 },
  { slug: 'ormsgarth', name: 'Ormsgarth Race', light: 'Ormsgarth', story: 'Tide against wind. The old chart says only: here be one serpent.', top: [58, 72, 82], foot: [136, 152, 150], cloud: [92, 104, 110], far: [104, 124, 124], near: [28, 60, 62], land: [42, 52, 52], disc: [210, 216, 206], stars: 0, cover: 0.8, dark: 0.22, creature: 'serpent', scale: [0, 1, 5, 7, 8], root: 138.6, beat: 0.4 },
  { slug: 'ketilsay', name: 'Ketilsay Deep', light: 'Ketilsay', story: 'Whales under us all day, talking about the oil, I think.', top: [94, 58, 92], foot: [250, 140, 92], cloud: [240, 110, 96], far: [206, 110, 92], near: [62, 44, 82], land: [58, 36, 60], disc: [255, 206, 130], stars: 0.0008, cover: 0.6, dark: 0.15, creature: 'whale', scale: [0, 3, 5, 6, 10], root: 155.6, beat: 0.55 },
  { slug: 'skarvoe', name: 'Last Light, Skarvoe', light: 'Skarvoe', story: 'Beyond it there is nothing but weather. Then the whole chain burns again.', top: [6, 10, 28], foot: [28, 44, 86], cloud: [64, 52, 120], far: [26, 42, 82], near: [6, 12, 32], land: [8, 12, 26], disc: [250, 250, 255], stars: 0.008, cover: 0.5, dark: 0.5, creature: 'serpent', scale: [0, 2, 4, 7, 9], root: 130.8, beat: 0.65 },
];

/** Reaches of a passage: each comes with charts, sprites and sounds of its own, loaded while the one before it is sailed. */
export const REACHES = 5;

/** Length of a reach in the sea's pixels. */
export const REACH_LENGTH = 1600;

/** A mix of two colours. @param {readonly number[]} a @param {readonly number[]} b @returns {Rgb} */
export function mix(a, b, /** @type {number} */ t) {
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function ramp(/** @type {number} */ low, /** @type {number} */ high, /** @type {number} */ x) {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
