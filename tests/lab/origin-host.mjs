//! The lab's origin: `swarmfetch serve` with its tracker and STUN, and the counting proxy before it, at a host of the lab. Runs in that host's namespace as a
//! process of its own and does what the lab says by messages; `Stand` in `stand.mjs` is the other end.
//!
//!   node origin-host.mjs FOLDER CONFIG ADDRESS
import { Origin } from '../browser/origin.mjs';
import { CountingProxy, pass, refuseContent } from '../browser/proxy.mjs';

/** What the origin may do with requests, by name. */
const RULES = { pass, refuseContent };

/** The tracker's STUN has to be reached without the proxy, which carries no UDP. */
const STUN_PORT = 3478;

/** @typedef {{ id: number, rule: keyof typeof RULES } | { id: number, since: number }} Asked */

const [folder = '', config = '', address = ''] = process.argv.slice(2);
const origin = await Origin.start(folder, { config, port: STUN_PORT, address: '0.0.0.0' });
const proxy = await new CountingProxy(origin.port).listen(80, address);
proxy.contents.add(folder);

process.on('message', (/** @type {Asked} */ asked) => {
  if ('rule' in asked) {
    proxy.rule = RULES[asked.rule];
    process.send?.({ id: asked.id });
  } else {
    // How many requests there were before, and those since that content was sent for.
    const content = proxy.since(asked.since, { content: true }).filter(({ status }) => status === 200 || status === 206);
    process.send?.({ id: asked.id, mark: proxy.log.length, paths: content.map(({ path }) => path), bytes: content.reduce((sum, { bytes }) => sum + bytes, 0) });
  }
});
const end = async () => {
  await proxy.close();
  process.exit((await origin.stop()) ?? 1);
};
// The lab has ended, by whatever way.
process.once('disconnect', end);
process.once('SIGTERM', end);
process.send?.('ready');
