//! A host's program for `network.test.mjs`: sends and hears datagrams from one port, as it is told by messages, and tells what it hears. Echoes, if told so.
//!
//!   node datagrams.mjs [--echo]
import { createSocket } from 'node:dgram';

const echo = process.argv.includes('--echo');
const socket = createSocket('udp4');
socket.on('message', (bytes, { address, port }) => {
  process.send?.({ text: bytes.toString(), address, port });
  // Says what it saw, as STUN does; an answer is not answered.
  if (echo && !bytes.includes(' from ')) socket.send(`${bytes} from ${address}:${port}`, port, address);
});
process.on('message', (/** @type {any} */ { text, address, port }) => socket.send(text, port, address));
process.once('disconnect', () => process.exit());
socket.bind(4000, () => process.send?.('ready'));
