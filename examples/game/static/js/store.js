//! What has to be here before what can be sailed: the boot, then reach after reach, each while the one before it is sailed.

/** @typedef {import('./loader.js').Loader} Loader */
/** @typedef {{kind: string, sprite: string, x: number, y: number}} Thing */
/**
 * @typedef {object} Reach what stands in passage.json for one, and its course once it is here
 * @property {string} sky
 * @property {string} isles
 * @property {string} sea
 * @property {string} course
 * @property {Record<string, string[]>} sprites
 * @property {Record<string, string>} sounds
 * @property {{things: Thing[], pictures: Record<string, HTMLImageElement>, sprites: Record<string, HTMLImageElement[]>} | undefined} ready
 */
/** @typedef {{name: string, light: string, story: string, dark: number, fog: number[], creature: string, ground: string, tune: string, voice: string, sprites: Record<string, string[]>, pictures: Record<string, HTMLImageElement[]>, reaches: Reach[]}} Passage */

export class Store {
  /** @type {any} */ game;
  /** @type {Record<string, HTMLImageElement[]>} */ sprites = {};

  /** @param {Loader} loader @param {import('./sound.js').Sound} sound */
  constructor(loader, sound) {
    this.loader = loader;
    this.sound = sound;
  }

  /** What the title shows and every passage needs. */
  async boot() {
    this.game = await this.loader.load('/assets/game.json');
    const { title, sprites, sounds } = this.game;
    const first = this.passage(0);
    const [picture] = await Promise.all([this.loader.load(title), this.#sprites(sprites).then((all) => (this.sprites = all)), this.#sounds(sounds), first.then((passage) => this.reach(passage, 0))]);
    return /** @type {HTMLImageElement} */ (picture);
  }

  /** A passage without its reaches. Its melody joins the music whenever it is here. @returns {Promise<Passage>} */
  async passage(/** @type {number} */ number, urgent = true) {
    /** @type {Passage} */
    const passage = await this.loader.load(this.game.passages[number].path, urgent);
    const [pictures] = await Promise.all([this.#sprites(passage.sprites, urgent), this.#sounds({ ground: passage.ground, [passage.creature]: passage.voice }, urgent)]);
    passage.pictures = pictures;
    return passage;
  }

  /** Everything of a reach; it can be sailed then. @param {Passage} passage */
  async reach(passage, /** @type {number} */ number, urgent = true) {
    const reach = passage.reaches[number];
    if (reach.ready) return;
    const [[sky, isles, sea], things, sprites] = await Promise.all([
      this.loader.all([reach.sky, reach.isles, reach.sea], urgent), this.loader.load(reach.course, urgent), this.#sprites(reach.sprites, urgent), this.#sounds(reach.sounds, urgent),
    ]);
    reach.ready = { things: things.map((/** @type {Thing} */ thing) => ({ ...thing })), pictures: { sky, isles, sea }, sprites };
  }

  /** The player has left a passage: its pictures and sounds need no memory any more. @param {Passage} passage */
  leave(passage) {
    const files = passage.reaches.flatMap(({ sky, isles, sea, course, sprites, sounds }) => [sky, isles, sea, course, ...Object.values(sprites).flat(), ...Object.values(sounds)]);
    this.loader.forget([...files, passage.ground, passage.tune, passage.voice, ...Object.values(passage.sprites).flat()]);
    for (const reach of passage.reaches) reach.ready = undefined;
  }

  /** @param {Record<string, string[]>} sprites @returns {Promise<Record<string, HTMLImageElement[]>>} */
  async #sprites(sprites, urgent = true) {
    return Object.fromEntries(await Promise.all(Object.entries(sprites).map(async ([name, frames]) => [name, await this.loader.all(frames, urgent)])));
  }

  /** @param {Record<string, string>} sounds */
  async #sounds(sounds, urgent = true) {
    await Promise.all(Object.entries(sounds).map(async ([name, path]) => this.sound.take(name, path, await this.loader.load(path, urgent))));
  }
}
