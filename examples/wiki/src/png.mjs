//! Pixels to PNG files (PNG specification, third edition). Only what this generator needs: 8-bit RGB, RGBA and palette, not interlaced.
//! The same pixels give the same file for one version of node's zlib.
import { crc32 as zlibCrc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 as PNG counts it; node has its own from 22.2 on. @param {Buffer} bytes */
function crc32(bytes) {
  if (typeof zlibCrc32 === 'function') return zlibCrc32(bytes);
  let c = 0xffffffff;
  for (const byte of bytes) c = CRC_TABLE[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** @param {string} type @param {Uint8Array} body */
function chunk(type, body) {
  const inner = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const out = Buffer.alloc(inner.length + 8);
  out.writeUInt32BE(body.length, 0);
  inner.copy(out, 4);
  out.writeUInt32BE(crc32(inner), inner.length + 4);
  return out;
}

/** @param {number} width @param {number} height @param {number} colourType */
function header(width, height, colourType) {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body[8] = 8;
  body[9] = colourType;
  return chunk('IHDR', body);
}

/**
 * An RGB picture.
 * @param {Uint8Array} rgb three bytes a pixel
 */
export function rgbPng(/** @type {number} */ width, /** @type {number} */ height, rgb) {
  return filteredPng(width, height, rgb, 3);
}

/**
 * A picture with transparency.
 * @param {Uint8Array} rgba four bytes a pixel, colours not multiplied with their alpha
 */
export function rgbaPng(/** @type {number} */ width, /** @type {number} */ height, rgba) {
  return filteredPng(width, height, rgba, 4);
}

/**
 * Each row is stored with the filter whose residues are smallest in sum, the usual heuristic.
 * @param {Uint8Array} pixels
 * @param {3 | 4} channels bytes a pixel
 */
function filteredPng(/** @type {number} */ width, /** @type {number} */ height, pixels, channels) {
  const stride = width * channels;
  const raw = Buffer.alloc((stride + 1) * height);
  const trial = [0, 1, 2, 3].map(() => new Uint8Array(stride));
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < stride; i++) {
      const value = pixels[row + i];
      const left = i >= channels ? pixels[row + i - channels] : 0;
      const up = y > 0 ? pixels[row + i - stride] : 0;
      const residues = [value, value - left, value - up, value - ((left + up) >> 1)];
      for (let f = 0; f < 4; f++) {
        const byte = residues[f] & 0xff;
        trial[f][i] = byte;
        sums[f] += byte < 128 ? byte : 256 - byte;
      }
    }
    const best = sums.indexOf(Math.min(...sums));
    raw[y * (stride + 1)] = best;
    raw.set(trial[best], y * (stride + 1) + 1);
  }
  return Buffer.concat([SIGNATURE, header(width, height, channels === 4 ? 6 : 2), chunk('IDAT', deflateSync(raw, { level: 6 })), chunk('IEND', Buffer.alloc(0))]);
}

/**
 * A picture of at most 256 colours.
 * @param {Uint8Array} pixels one palette index a pixel
 * @param {number[][]} palette RGB triples
 */
export function palettePng(/** @type {number} */ width, /** @type {number} */ height, pixels, palette) {
  const raw = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) raw.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return Buffer.concat([
    SIGNATURE, header(width, height, 3), chunk('PLTE', Uint8Array.from(palette.flat())), chunk('IDAT', deflateSync(raw, { level: 6 })), chunk('IEND', Buffer.alloc(0)),
  ]);
}
