//! Bytes as text of as many characters: the saved state has them so, and the tracker's protocol.

/** @param {Uint8Array} bytes */
export const toText = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** @param {unknown} text */
export const fromText = (text) => Uint8Array.from(String(text), (char) => char.charCodeAt(0));
