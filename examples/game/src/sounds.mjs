//! Sounds as WAV files (RIFF, 16-bit PCM, one channel): plucked and blown music that loops without a seam, weather, and short effects.
import { Stream } from '../../wiki/src/random.mjs';

/** @typedef {import('./passages.mjs').Passage} Passage */

const RATE = 22_050;

/** Bars of a piece of music, and beats of a bar. */
const BARS = 10;
const BEATS = 4;

/** @param {Float32Array} samples @returns {Buffer} the WAV file, as loud as it may be without clipping */
function wav(samples, peak = 0.85) {
  const out = Buffer.alloc(44 + samples.length * 2);
  out.write('RIFF', 0, 'latin1');
  out.writeUInt32LE(36 + samples.length * 2, 4);
  out.write('WAVEfmt ', 8, 'latin1');
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20); // PCM
  out.writeUInt16LE(1, 22); // channels
  out.writeUInt32LE(RATE, 24);
  out.writeUInt32LE(RATE * 2, 28);
  out.writeUInt16LE(2, 32);
  out.writeUInt16LE(16, 34);
  out.write('data', 36, 'latin1');
  out.writeUInt32LE(samples.length * 2, 40);
  let loudest = 0.01;
  for (const value of samples) loudest = Math.max(loudest, Math.abs(value));
  for (let i = 0; i < samples.length; i++) out.writeInt16LE(Math.round((samples[i] / loudest) * peak * 32_767), 44 + i * 2);
  return out;
}

/** A plucked string (Karplus and Strong), added from a moment on; what passes the end comes in at the beginning. */
function pluck(/** @type {Float32Array} */ out, /** @type {number} */ at, /** @type {number} */ hertz, /** @type {number} */ seconds, /** @type {number} */ loud, /** @type {Stream} */ s) {
  const ring = Float32Array.from({ length: Math.max(2, Math.round(RATE / hertz)) }, () => s.between(-1, 1));
  const from = Math.floor(at * RATE), length = Math.floor(seconds * RATE);
  for (let i = 0; i < length; i++) {
    const here = i % ring.length, next = (i + 1) % ring.length;
    const value = ring[here];
    ring[here] = (value + ring[next]) * 0.4985;
    out[(from + i) % out.length] += value * loud * Math.min(1, (length - i) / 800);
  }
}

/** A soft tone that swells and goes, slightly out of tune with itself. */
function blow(/** @type {Float32Array} */ out, /** @type {number} */ at, /** @type {number} */ hertz, /** @type {number} */ seconds, /** @type {number} */ loud) {
  const from = Math.floor(at * RATE), length = Math.floor(seconds * RATE);
  for (let i = 0; i < length; i++) {
    const t = i / RATE, swell = Math.sin((Math.PI * i) / length) ** 1.5;
    const phase = 2 * Math.PI * hertz * t;
    out[(from + i) % out.length] += (Math.sin(phase) + 0.5 * Math.sin(phase * 1.004 + 1) + 0.25 * Math.sin(phase * 2.002)) * swell * loud;
  }
}

/** The pitch of a step of the passage's scale; steps beyond it are in the octaves above and below. @param {Passage} passage */
function pitch({ scale, root }, /** @type {number} */ step) {
  const octave = Math.floor(step / scale.length);
  return root * 2 ** (octave + scale[step - octave * scale.length] / 12);
}

/**
 * The music of a passage: `ground` has chords and bass, `tune` the melody that joins when it is loaded.
 * @param {Passage} passage
 * @param {'ground' | 'tune'} part
 */
export function music(passage, part) {
  const bar = passage.beat * BEATS;
  const out = new Float32Array(Math.floor(bar * BARS * RATE));
  const s = new Stream(`music ${passage.slug} ${part}`), chords = new Stream(`chords ${passage.slug}`);
  let step = 5;
  for (let i = 0; i < BARS; i++) {
    const chord = i === 0 || i === BARS - 1 ? 0 : chords.pick([0, 2, 3, 4, 1]);
    if (part === 'ground') {
      for (const third of [0, 2, 4]) blow(out, i * bar, pitch(passage, chord + third), bar * 1.3, 0.11);
      pluck(out, i * bar, pitch(passage, chord) / 2, bar, 0.5, s);
      for (let beat = 0; beat < BEATS * 2; beat++) if (s.chance(0.55)) pluck(out, i * bar + (beat * passage.beat) / 2, pitch(passage, chord + s.pick([0, 2, 4, 5])), 1.2, 0.22, s);
    } else {
      for (let beat = 0; beat < BEATS; beat += s.pick([0.5, 1, 1, 2])) {
        step = Math.min(11, Math.max(2, step + s.int(-2, 2)));
        if (s.chance(0.8)) pluck(out, i * bar + beat * passage.beat, pitch(passage, step), 1.8, 0.5, s);
        if (beat === 0 && i % 2 === 0) blow(out, i * bar, pitch(passage, step), bar * 0.9, 0.12);
      }
    }
  }
  return wav(out);
}

/** Wind and water of a reach, to be looped. @param {Passage} passage */
export function weather(passage, /** @type {number} */ reach) {
  const s = new Stream(`weather ${passage.slug} ${reach}`);
  const seconds = s.between(1.5, 4), out = new Float32Array(Math.floor(seconds * RATE)), period = s.int(1, 3);
  let low = 0, band = 0;
  const fade = Math.floor(0.4 * RATE);
  for (let i = -fade; i < out.length; i++) {
    const gust = 0.5 + 0.5 * Math.sin((2 * Math.PI * period * i) / out.length);
    const noise = s.between(-1, 1), cut = 0.02 + 0.06 * gust + passage.cover * 0.03;
    low += cut * (noise - band * 0.7 - low);
    band += 0.12 * (low - band);
    const value = (low * 0.7 + band) * (0.45 + 0.55 * gust);
    // What runs up before the beginning is laid over the end.
    if (i < 0) out[out.length + i] += value * ((i + fade) / fade);
    else out[i] += value * Math.min(1, (out.length - i) / fade);
  }
  return wav(out, 0.5);
}

/** The effects: name to seconds and a function from time and noise to a sample. @type {Record<string, [number, (t: number, noise: number) => number]>} */
const EFFECTS = {
  oil: [0.35, (t) => Math.sin(2 * Math.PI * (t < 0.1 ? 587 : 880) * t) * Math.exp(-t * 9)],
  mail: [0.4, (t, noise) => (noise * Math.exp(-t * 40) + Math.sin(2 * Math.PI * 660 * t) * 0.5) * Math.exp(-t * 7)],
  lantern: [0.8, (t) => [523, 659, 784, 1046].reduce((sum, hertz, i) => sum + (t > i * 0.09 ? Math.sin(2 * Math.PI * hertz * t) * Math.exp(-(t - i * 0.09) * 6) : 0), 0)],
  crash: [0.9, (t, noise) => (noise + Math.sin(2 * Math.PI * 62 * t) * 1.5) * Math.exp(-t * 5)],
  splash: [0.7, (t, noise) => noise * Math.min(1, t * 30) * Math.exp(-t * 6)],
  horn: [1.6, (t) => (Math.sin(2 * Math.PI * 110 * t) + 0.6 * Math.sin(2 * Math.PI * 165.5 * t) + 0.3 * Math.sin(2 * Math.PI * 330 * t)) * Math.min(1, t * 8) * Math.min(1, (1.6 - t) * 4)],
  alight: [2.6, (t) => [262, 330, 392, 523, 659, 784].reduce((sum, hertz, i) => sum + (t > i * 0.16 ? Math.sin(2 * Math.PI * hertz * t) * Math.exp(-(t - i * 0.16) * 2) : 0), 0)],
  click: [0.08, (t, noise) => (noise * 0.4 + Math.sin(2 * Math.PI * 900 * t)) * Math.exp(-t * 70)],
  seal: [0.6, (t, noise) => Math.sin(2 * Math.PI * (190 + 60 * Math.sin(t * 18)) * t) * (0.7 + 0.3 * noise) * Math.sin((Math.PI * t) / 0.6)],
  whale: [2.4, (t) => Math.sin(2 * Math.PI * (95 * t + 14 * Math.sin(t * 2.6))) * Math.sin((Math.PI * t) / 2.4)],
  puffin: [0.5, (t) => Math.sin(2 * Math.PI * (230 + 130 * Math.sin(t * 9)) * t) * Math.sin((Math.PI * t) / 0.5)],
  serpent: [1.8, (t, noise) => (Math.sin(2 * Math.PI * (70 - 14 * t) * t) + noise * 0.35) * Math.sin((Math.PI * t) / 1.8)],
  gull: [0.9, (t) => Math.sin(2 * Math.PI * (1250 - 420 * ((t * 2.6) % 1)) * t) * Math.sin((Math.PI * ((t * 2.6) % 1))) ** 2],
  buoy: [1.8, (t) => (Math.sin(2 * Math.PI * 612 * t) + 0.6 * Math.sin(2 * Math.PI * 1466 * t) + 0.4 * Math.sin(2 * Math.PI * 2210 * t)) * Math.exp(-t * 2.6)],
};

/** Effects that are there from the start; the rest is voices that come with their reach. */
export const COMMON_EFFECTS = ['oil', 'mail', 'lantern', 'crash', 'splash', 'horn', 'alight', 'click'];

/** A voice in the pitch of its place: `tune` stretches it in time. */
export function effect(/** @type {string} */ name, tune = 1) {
  const [seconds, sample] = EFFECTS[name];
  const s = new Stream(`effect ${name} ${tune}`);
  return wav(Float32Array.from({ length: Math.floor((seconds * RATE) / tune) }, (_, i) => sample((i * tune) / RATE, s.between(-1, 1))), 0.7);
}
