//! Counts what comes over a page's links. Runs in the page before its scripts (`addInitScript`), so it has to stand alone. The frames: `crates/wire/src/frame.rs`.

/** From now on `window.heard` has the bytes of all frames that came, and of the answers among them: slices with their proofs, and data. */
export function countFrames() {
  const [SLICE, DATA] = [0x11, 0x12];
  const heard = ((/** @type {any} */ (window)).heard = { bytes: 0, answers: 0 });
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function (...options) {
    const channel = createDataChannel.apply(this, options);
    channel.addEventListener('message', ({ data }) => {
      if (!(data instanceof ArrayBuffer)) return;
      const [kind] = new Uint8Array(data, 0, 1);
      heard.bytes += data.byteLength;
      if (kind === SLICE || kind === DATA) heard.answers += data.byteLength;
    });
    return channel;
  };
}
