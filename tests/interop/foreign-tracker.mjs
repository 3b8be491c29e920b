/**
 * npm's `bittorrent-tracker` server on a free loopback port, for our machines to meet through: prints its address and
 * serves until its standard input ends.
 */
import { Server } from 'bittorrent-tracker';

const server = new Server({ udp: false, http: true, ws: true, stats: false });
server.on('error', (error) => {
  throw error;
});
server.on('warning', (warning) => console.error(String(warning)));
server.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.http.address().port}`));
process.stdin.resume().on('end', () => process.exit(0));
