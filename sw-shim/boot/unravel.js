//! The worker's wasm out of the text that `ravel.mjs` made of it at build time.

/** Where `unravel.wat` wants the text, and where it puts the module. */
const TEXT = 0x10000;
const MODULE = 0x110000;

/**
 * @param {string} text
 * @param {string} reader `unravel.wat`, a character a byte
 * @returns {Uint8Array<ArrayBuffer>} the module
 */
export function unravel(text, reader) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(reader, (byte) => byte.charCodeAt(0))));
  const { memory, unravel: run } = /** @type {{ memory: WebAssembly.Memory, unravel: (bytes: number) => number }} */ (/** @type {unknown} */ (exports));
  const buffer = /** @type {ArrayBuffer} */ (memory.buffer);
  const codes = new Uint16Array(buffer, TEXT);
  for (let at = 0; at < text.length; at++) codes[at] = text.charCodeAt(at);
  return new Uint8Array(buffer, MODULE, run(2 * text.length) - MODULE);
}
