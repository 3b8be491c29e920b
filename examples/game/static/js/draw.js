//! Paints a voyage on the canvas. Reads the rules' state, changes nothing of it.

/** The view's height in its own pixels, the horizon in it, and the breadth of the sea below; the width follows the window. */
const HEIGHT = 360;
const HORIZON = 140;
const BREADTH = 200;

/** Strips of the backdrop: how they move with the boat, and how wide they are, in the view's pixels. */
const SKY = { part: 'sky', pace: 0.3, width: 640, top: 0, height: 170 };
const ISLES = { part: 'isles', pace: 0.5, width: 960, top: HORIZON - 114, height: 120 };
const SEA = { part: 'sea', pace: 1, width: 1600, top: HORIZON, height: 220 };

/** How long a strip that has just come takes to appear, in milliseconds. */
const APPEAR_MS = 1200;

/** Most pixels of the screen for one of the view: more is not seen and costs phones dear. */
const SHARP_MAX = 3;

/** @typedef {import('./voyage.js').Voyage} Voyage */
/** @typedef {HTMLImageElement | undefined} Picture */

export class View {
  /** When a picture was drawn first. @type {WeakMap<HTMLImageElement, number>} */ #since = new WeakMap();

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
    this.width = 640;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#fit();
  }

  #fit() {
    const { clientWidth, clientHeight } = this.canvas;
    const sharp = Math.min(SHARP_MAX, (clientHeight * Math.min(2, devicePixelRatio)) / HEIGHT) || 1;
    this.width = Math.round((HEIGHT * clientWidth) / Math.max(1, clientHeight));
    this.canvas.width = Math.round(this.width * sharp);
    this.canvas.height = Math.round(HEIGHT * sharp);
    this.sharp = sharp;
  }

  /** From a height on the page to the share of the sea's breadth. Below the view, where the thumb of an upright phone is, all the room stands for the sea. */
  toSea(/** @type {number} */ y) {
    const { top, height, bottom } = this.canvas.getBoundingClientRect();
    if (y > bottom) return (y - bottom) / Math.max(1, (innerHeight - bottom) * 0.9);
    return (((y - top) / height) * HEIGHT - HORIZON - 24) / BREADTH;
  }

  /** The title's picture, drifting a little. @param {HTMLImageElement} picture */
  title(picture, /** @type {number} */ now) {
    const { pen } = this;
    pen.setTransform(this.sharp ?? 1, 0, 0, this.sharp ?? 1, 0, 0);
    const scale = Math.max(this.width / picture.width, HEIGHT / picture.height) * 1.06;
    const w = picture.width * scale, h = picture.height * scale;
    pen.drawImage(picture, (this.width - w) / 2 + Math.sin(now / 5000) * this.width * 0.02, (HEIGHT - h) / 2, w, h);
  }

  /** @param {Voyage} voyage @param {Record<string, HTMLImageElement[]>} sprites those that every passage has */
  voyage(voyage, sprites, /** @type {number} */ now) {
    const { pen, width } = this;
    const { passage } = voyage;
    const camera = voyage.x - Math.max(70, width * 0.24);
    pen.setTransform(this.sharp ?? 1, 0, 0, this.sharp ?? 1, 0, 0);
    pen.globalAlpha = 1;
    pen.fillStyle = `rgb(${passage.fog.join(' ')})`;
    pen.fillRect(0, 0, width, HEIGHT);
    this.#strips(SKY, voyage, camera, now);
    this.#strips(ISLES, voyage, camera, now);
    this.#strips(SEA, voyage, camera, now);
    // The same water again, swaying: ripples that stood still would look like ice.
    this.#strips(SEA, voyage, camera + 9 * Math.sin(now / 900), now, 0.38);
    const all = [...voyage.near(camera - 260, camera + width + 260)].filter((thing) => !(/** @type {any} */ (thing).gone)).map((thing) => ({ thing, at: voyage.across(thing) })).sort((a, b) => a.at - b.at);
    const end = voyage.length + 60 - camera;
    if (end < width + 200) this.#lighthouse(voyage, end, now);
    let boat = false;
    for (const { thing, at } of all) {
      if (!boat && at > voyage.y) {
        this.#boat(voyage, sprites, camera, now);
        boat = true;
      }
      this.#thing(thing, at, passage, sprites, voyage, camera, now);
    }
    if (!boat) this.#boat(voyage, sprites, camera, now);
    this.#dark(voyage, camera);
    if (voyage.lighting !== undefined && voyage.lighting > 0.5) this.#beam(end, now, Math.min(1, voyage.lighting - 0.5));
  }

  /** @param {typeof SKY} strip @param {Voyage} voyage */
  #strips({ part, pace, width, top, height }, voyage, /** @type {number} */ camera, /** @type {number} */ now, alpha = 1) {
    const { reaches } = voyage.passage;
    const from = camera * pace;
    for (let i = Math.floor(from / width); i * width < from + this.width; i++) {
      const own = reaches[i]?.ready?.pictures[part];
      const age = own ? this.#age(own, now) : 0;
      if (!own || age < APPEAR_MS) {
        // Not here yet, or beyond the last one: a neighbour, mirrored where that makes the seam invisible.
        const near = reaches.map((_, j) => j).filter((j) => j !== i && reaches[j].ready).sort((a, b) => Math.abs(a - i) - Math.abs(b - i))[0];
        const other = near === undefined ? undefined : reaches[near].ready?.pictures[part];
        if (other) this.#strip(other, i * width - from, top, width, height, (i - /** @type {number} */ (near)) % 2 !== 0, alpha);
      }
      if (own) this.#strip(own, i * width - from, top, width, height, false, alpha * Math.min(1, age / APPEAR_MS));
    }
  }

  /** How long a picture has been in view, in milliseconds; those of the first moment were always there. @param {HTMLImageElement} picture */
  #age(picture, /** @type {number} */ now) {
    const since = this.#since.get(picture) ?? now;
    this.#since.set(picture, since);
    return now - since;
  }

  /** What is there when a passage begins need not appear. @param {HTMLImageElement[]} pictures */
  known(pictures) {
    for (const picture of pictures) this.#since.set(picture, -APPEAR_MS);
  }

  /** @param {HTMLImageElement} picture */
  #strip(picture, /** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ w, /** @type {number} */ h, /** @type {boolean} */ mirrored, /** @type {number} */ alpha) {
    const { pen } = this;
    pen.globalAlpha = alpha;
    if (!mirrored) pen.drawImage(picture, x, y, w + 0.6, h);
    else {
      pen.save();
      pen.translate(x + w, 0);
      pen.scale(-1, 1);
      pen.drawImage(picture, -0.6, y, w + 0.6, h);
      pen.restore();
    }
    pen.globalAlpha = 1;
  }

  /** A sprite standing on the sea. @param {Picture} picture */
  #stand(picture, /** @type {number} */ x, /** @type {number} */ across, size = 1) {
    if (!picture) return;
    const scale = (0.5 + 0.5 * across) * size, w = picture.width * scale, h = picture.height * scale;
    this.pen.drawImage(picture, x - w / 2, HORIZON + 12 + across * BREADTH - h + 8 * scale, w, h);
  }

  /** @param {import('./store.js').Thing} thing @param {import('./store.js').Passage} passage @param {Record<string, HTMLImageElement[]>} sprites @param {Voyage} voyage */
  #thing(thing, /** @type {number} */ at, passage, sprites, voyage, /** @type {number} */ camera, /** @type {number} */ now) {
    const own = passage.reaches[Math.min(passage.reaches.length - 1, Math.max(0, Math.floor(thing.x / voyage.reachLength)))]?.ready?.sprites;
    const frames = own?.[thing.sprite] ?? passage.pictures[thing.sprite] ?? sprites[thing.sprite];
    const picture = frames?.[Math.floor(now / 170 + thing.x) % frames.length];
    if (thing.kind === 'gull') {
      if (picture) this.pen.drawImage(picture, thing.x - camera - ((voyage.time * 26) % 400), HORIZON + thing.y * BREADTH + 10 * Math.sin(now / 700 + thing.x), picture.width * 0.6, picture.height * 0.6);
    } else this.#stand(picture, thing.x - camera, at, thing.kind === 'wreck' ? 1.1 : 1);
  }

  /** @param {Voyage} voyage @param {Record<string, HTMLImageElement[]>} sprites */
  #boat(voyage, sprites, /** @type {number} */ camera, /** @type {number} */ now) {
    // Hit a moment ago: it flickers.
    if (voyage.spared > 0 && Math.floor(now / 90) % 2 === 0) return;
    const frame = sprites.boat[Math.floor(now / 160) % sprites.boat.length];
    const { pen } = this, x = voyage.x - camera, y = HORIZON + 12 + voyage.y * BREADTH;
    pen.save();
    pen.translate(x, y);
    pen.rotate(voyage.vy * 0.12);
    pen.translate(-x, -y);
    this.#stand(frame, x, voyage.y, 0.95);
    pen.restore();
  }

  /** Where the boat's lamp burns. @param {Voyage} voyage */
  #lamp(voyage, /** @type {number} */ camera) {
    const scale = 0.5 + 0.5 * voyage.y;
    return { x: voyage.x - camera + 28 * scale, y: HORIZON + 12 + voyage.y * BREADTH - 66 * scale };
  }

  /** The night, and the lamp in it. @param {Voyage} voyage */
  #dark(voyage, /** @type {number} */ camera) {
    const { pen, width } = this, { x, y } = this.#lamp(voyage, camera), { dark } = voyage.passage;
    if (dark > 0.05) {
      const night = pen.createRadialGradient(x + 40, y + 20, 40, x + 60, y + 20, 340);
      night.addColorStop(0, 'rgb(4 6 18 / 0)');
      night.addColorStop(1, `rgb(4 6 18 / ${dark})`);
      pen.fillStyle = night;
      pen.fillRect(0, 0, width, HEIGHT);
    }
    const glow = pen.createRadialGradient(x, y, 2, x, y, 110);
    glow.addColorStop(0, `rgb(255 226 150 / ${0.3 + dark * 0.5})`);
    glow.addColorStop(0.25, `rgb(255 206 120 / ${0.08 + dark * 0.25})`);
    glow.addColorStop(1, 'rgb(255 190 100 / 0)');
    pen.globalCompositeOperation = 'lighter';
    pen.fillStyle = glow;
    pen.fillRect(x - 110, y - 110, 220, 220);
    pen.globalCompositeOperation = 'source-over';
  }

  /** @param {Voyage} voyage */
  #lighthouse(voyage, /** @type {number} */ x, /** @type {number} */ now) {
    const { dark, lit } = voyage.passage.pictures;
    const burning = voyage.lighting !== undefined && (voyage.lighting > 1 || Math.floor(now / 120) % 3 > 1);
    this.#stand((burning ? lit : dark)?.[0], x + 120, 0.14, 1.25);
  }

  #beam(/** @type {number} */ end, /** @type {number} */ now, /** @type {number} */ strength) {
    const { pen } = this, x = end + 114, y = HORIZON + 40 - 182;
    pen.globalCompositeOperation = 'lighter';
    for (const side of [0, Math.PI]) {
      const turn = Math.sin(now / 1300) * 0.25 + side;
      const light = pen.createRadialGradient(x, y + 6, 4, x, y + 6, 620);
      light.addColorStop(0, `rgb(255 238 170 / ${0.75 * strength})`);
      light.addColorStop(1, 'rgb(255 230 150 / 0)');
      pen.fillStyle = light;
      pen.beginPath();
      pen.moveTo(x, y + 6);
      pen.arc(x, y + 6, 620, turn - 0.09, turn + 0.09);
      pen.fill();
    }
    pen.globalCompositeOperation = 'source-over';
  }
}
