/**
 * werift under the name by which simple-peer looks for WebRTC. The package of that name has a native build, which a
 * test machine may not be able to make; the protocol on the wire is the same.
 */
import { RTCPeerConnection as Werift } from 'werift';

export { RTCIceCandidate } from 'werift';

/** As in browsers, made from one object; werift's is made from two strings. */
export class RTCSessionDescription {
  constructor({ type, sdp }) {
    this.type = type;
    this.sdp = sdp;
  }
}

/**
 * simple-peer changes a description before it sets it (it strikes out `a=ice-options:trickle`), which browsers put up
 * with and werift does not: the description is set as it was made.
 */
export class RTCPeerConnection extends Werift {
  #made;

  async createOffer() {
    this.#made = await super.createOffer();
    return { type: this.#made.type, sdp: this.#made.sdp };
  }

  async createAnswer() {
    this.#made = await super.createAnswer();
    return { type: this.#made.type, sdp: this.#made.sdp };
  }

  setLocalDescription() {
    return super.setLocalDescription(this.#made);
  }

  /** simple-peer waits for a selected pair, to tell its user the addresses; werift does not say which it selected. */
  async getStats() {
    return [{ id: 'pair', type: 'candidate-pair', selected: true }];
  }
}
