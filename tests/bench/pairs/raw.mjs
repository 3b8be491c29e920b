//! The floor: one data channel between two pages, as fast as it goes. Nothing is verified and nothing stored.
import { inTime, partsHash, plainPage } from './pair.mjs';

/**
 * Above so many bytes the sender waits until half of them are gone. A floor has to be the best there is: of 256 KiB, 1, 4 and 12 MiB this was fastest on a busy
 * machine, 15.5 MB/s (median of 6, 6.5 to 20.8) where the others had 9.5 (of 18, 6.3 to 16.1). Its throughput varies widely all the same, its CPU time little.
 */
const BUFFERED_MAX = 1 << 18;

/**
 * @param {import('./pair.mjs').Stage} stage
 * @param {{ bytes: number, message: number }} options length of the file and of a message
 * @returns {Promise<import('./pair.mjs').Pair>}
 */
export async function raw(stage, { bytes, message }) {
  const [sender, receiver] = [await plainPage(stage, 'raw sender'), await plainPage(stage, 'raw receiver')];
  const offer = await sender.page.evaluate(async ([messageBytes, bufferedMax]) => {
    const file = await (await fetch('/long.bin', { cache: 'no-store' })).arrayBuffer();
    const peer = new RTCPeerConnection();
    const channel = peer.createDataChannel('raw');
    Object.assign(window, { peer, channel });
    channel.bufferedAmountLowThreshold = bufferedMax / 2;
    let at = 0;
    const send = () => {
      for (; at < file.byteLength && channel.bufferedAmount < bufferedMax; at += messageBytes) channel.send(new Uint8Array(file, at, Math.min(messageBytes, file.byteLength - at)));
    };
    channel.onbufferedamountlow = send;
    channel.onmessage = send;
    await peer.setLocalDescription(await peer.createOffer());
    await new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve(undefined)));
    return /** @type {RTCSessionDescription} */ (peer.localDescription).toJSON();
  }, /** @type {const} */ ([message, BUFFERED_MAX]));
  const answer = await receiver.page.evaluate(async (description) => {
    const peer = new RTCPeerConnection();
    const opened = new Promise((resolve) => {
      peer.ondatachannel = ({ channel }) => {
        channel.binaryType = 'arraybuffer';
        channel.onopen = () => resolve(channel);
      };
    });
    Object.assign(window, { peer, opened });
    await peer.setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ (description));
    await peer.setLocalDescription(await peer.createAnswer());
    await new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve(undefined)));
    return /** @type {RTCSessionDescription} */ (peer.localDescription).toJSON();
  }, offer);
  await sender.page.evaluate((description) => /** @type {any} */ (window).peer.setRemoteDescription(description), answer);
  await inTime('a raw link', receiver.page.evaluate(async () => void (await /** @type {any} */ (window).opened)));

  const flow = () =>
    receiver.page.evaluate(async (wanted) => {
      /** @type {RTCDataChannel} */
      const channel = await /** @type {any} */ (window).opened;
      /** @type {ArrayBuffer[]} */
      const parts = [];
      Object.assign(window, { parts });
      let count = 0;
      const done = new Promise((resolve) => {
        channel.onmessage = ({ data }) => {
          parts.push(data);
          count += data.byteLength;
          if (count >= wanted) resolve(undefined);
        };
      });
      const began = performance.now();
      channel.send('go');
      await done;
      return performance.now() - began;
    }, bytes);
  return { sender, receiver, flow: () => inTime('a raw channel', flow()), check: () => partsHash(receiver) };
}
