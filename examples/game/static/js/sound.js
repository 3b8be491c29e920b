//! Music and effects through WebAudio. Until the player has touched the page no browser lets it sound; what comes before is kept and decoded then.

export class Sound {
  muted = false;
  /** @type {AudioContext | undefined} */ #context;
  /** @type {GainNode | undefined} */ #out;
  /** Latest file of a name, decoded when it is first heard. @type {Map<string, {path: string, bytes: ArrayBuffer, buffer?: Promise<AudioBuffer>}>} */ #files = new Map();
  /** What loops, by its part. @type {Map<string, {path: string, stop: () => void}>} */ #loops = new Map();
  /** When the music's ground began, so that the melody falls in with it. */
  #began = 0;

  /** A sound has been loaded. @param {ArrayBuffer} bytes */
  take(/** @type {string} */ name, /** @type {string} */ path, bytes) {
    this.#files.set(name, { path, bytes });
  }

  /** The player has touched the page. */
  wake() {
    if (this.#context || typeof AudioContext !== 'function') return;
    this.#context = new AudioContext();
    this.#out = this.#context.createGain();
    this.#out.connect(this.#context.destination);
    this.mute(this.muted);
  }

  mute(/** @type {boolean} */ muted) {
    this.muted = muted;
    if (this.#out) this.#out.gain.value = muted ? 0 : 0.8;
  }

  /** @param {string} name */
  async play(name, loud = 0.6) {
    const buffer = await this.#decoded(name);
    if (buffer) this.#start(buffer, loud);
  }

  /** Lets a sound go round until another one takes its part. */
  async loop(/** @type {string} */ name, loud = 0.4, part = name) {
    const path = this.#files.get(name)?.path;
    if (!path || this.#loops.get(part)?.path === path) return;
    const buffer = await this.#decoded(name);
    if (!buffer || !this.#context) return;
    this.#loops.get(part)?.stop();
    const now = this.#context.currentTime;
    if (part === 'ground') this.#began = now;
    // Ground and melody of a passage are equally long.
    const offset = part === 'tune' ? (now - this.#began) % buffer.duration : 0;
    const { source, gain } = this.#start(buffer, loud, true, offset);
    this.#loops.set(part, { path, stop: () => {
      gain.gain.setTargetAtTime(0, this.#context?.currentTime ?? 0, 0.4);
      source.stop((this.#context?.currentTime ?? 0) + 2);
    } });
  }

  stopLoop(/** @type {string} */ part) {
    this.#loops.get(part)?.stop();
    this.#loops.delete(part);
  }

  /** @returns {Promise<AudioBuffer | undefined>} */
  async #decoded(/** @type {string} */ name) {
    const file = this.#files.get(name);
    if (!file || !this.#context || this.muted) return undefined;
    // Decoding takes the bytes away, so a copy is given.
    file.buffer ??= this.#context.decodeAudioData(file.bytes.slice(0));
    return file.buffer.catch(() => undefined);
  }

  /** @param {AudioBuffer} buffer */
  #start(buffer, /** @type {number} */ loud, loop = false, offset = 0) {
    const context = /** @type {AudioContext} */ (this.#context);
    const source = context.createBufferSource(), gain = context.createGain();
    source.buffer = buffer;
    source.loop = loop;
    gain.gain.value = loud;
    source.connect(gain).connect(/** @type {GainNode} */ (this.#out));
    source.start(0, offset);
    return { source, gain };
  }
}
