//! Loads what the game asks for, each file once: pictures, sounds and JSON. Knows nothing of the game.

/** Requests under way at once: what browsers do to one host over HTTP/1.1 anyway. */
const AT_ONCE = 6;

/** How often a file is tried again, and how long after a failure at first, in milliseconds; each time twice as long. */
const AGAIN_MAX = 4;
const AGAIN_MS = 500;

/** @typedef {HTMLImageElement | ArrayBuffer | any} Loaded */

export class Loader {
  /** Files asked for and files here. */
  wanted = 0;
  here = 0;
  /** Called whenever one more is here. */
  onprogress = () => {};
  /** @type {Map<string, Promise<Loaded>>} */ #files = new Map();
  /** Those that the player waits for come first. @type {{path: string, urgent: boolean, go: () => void}[]} */ #queue = [];
  #running = 0;

  /** @returns {Promise<Loaded>} rejected when the file is not to be had */
  load(/** @type {string} */ path, urgent = true) {
    const known = this.#files.get(path);
    if (known) {
      if (urgent) this.#hurry(path);
      return known;
    }
    this.wanted += 1;
    const file = new Promise((resolve) => {
      this.#queue.push({ path, urgent, go: () => resolve(undefined) });
      this.#next();
    })
      .then(() => again(path))
      .then((loaded) => {
        this.here += 1;
        this.onprogress();
        return loaded;
      })
      .finally(() => {
        this.#running -= 1;
        this.#next();
      });
    this.#files.set(path, file);
    return file;
  }

  /** @param {Iterable<string>} paths */
  all(paths, urgent = true) {
    return Promise.all([...paths].map((path) => this.load(path, urgent)));
  }

  /** Lets go of what is not needed any more: a phone has little memory, and the browser keeps its own copy. @param {Iterable<string>} paths */
  forget(paths) {
    for (const path of paths) this.#files.delete(path);
  }

  #hurry(/** @type {string} */ path) {
    const waiting = this.#queue.find((one) => one.path === path);
    if (waiting) waiting.urgent = true;
  }

  #next() {
    while (this.#running < AT_ONCE && this.#queue.length > 0) {
      const urgent = this.#queue.findIndex((one) => one.urgent);
      const [one] = this.#queue.splice(Math.max(0, urgent), 1);
      this.#running += 1;
      one.go();
    }
  }
}

/** @returns {Promise<Loaded>} */
async function again(/** @type {string} */ path) {
  for (let tries = 0; ; tries++) {
    try {
      return await once(path);
    } catch (error) {
      if (tries >= AGAIN_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * 2 ** tries));
    }
  }
}

/** @returns {Promise<Loaded>} */
async function once(/** @type {string} */ path) {
  if (path.endsWith('.png')) {
    const image = new Image();
    image.src = path;
    await image.decode();
    return image;
  }
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return path.endsWith('.json') ? response.json() : response.arrayBuffer();
}
