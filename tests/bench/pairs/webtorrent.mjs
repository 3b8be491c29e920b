//! npm's `webtorrent`, its browser bundle as it comes: one page seeds, another downloads. It verifies with SHA-1 and stores where it does by itself.
//!
//! The tracker is the site's own, which speaks its protocol. It is installed at first use, and left out where that cannot be.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FILE, inTime, partsHash, plainPage } from './pair.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BUNDLE = join(ROOT, 'tests/bench/node_modules/webtorrent/dist/webtorrent.min.js');
const TRACKER = '/.well-known/swarmfetch/tracker';

/** Puts the bundle into a site, installed if need be. @param {string} folder @returns {string | undefined} why there is none */
export function provide(folder) {
  const { status, stderr } = spawnSync('make', ['--silent', '-C', ROOT, 'setup-bench'], { encoding: 'utf8' });
  if (!existsSync(BUNDLE)) return `it could not be installed (${status}): ${stderr.trim().split('\n').slice(-3).join('; ')}`;
  copyFileSync(BUNDLE, join(folder, 'webtorrent.min.js'));
  return undefined;
}

/** A page with a client, `window.client`. @param {import('./pair.mjs').Stage} stage @param {string} name */
export async function clientPage(stage, name) {
  const visitor = await plainPage(stage, name);
  await visitor.page.evaluate(async (path) => {
    const { default: WebTorrent } = await import(path);
    // No servers of others: both are on this machine.
    const client = new WebTorrent({ tracker: { rtcConfig: { iceServers: [] } } });
    client.on('error', (/** @type {Error} */ error) => console.error(error.message));
    Object.assign(window, { client });
  }, '/webtorrent.min.js');
  return visitor;
}

/** Has a client's page seed a file of the site: the torrent, and the tracker that knows of it. @param {import('./pair.mjs').Stage} stage @param {import('./pair.mjs').Visitor} visitor @param {string} path */
export async function seed(stage, { page }, path) {
  const announce = [`ws://127.0.0.1:${stage.proxy.port}${TRACKER}`];
  const torrent = await inTime('a torrent', page.evaluate(async ([from, trackers]) => {
    const file = new File([await (await fetch(from, { cache: 'no-store' })).blob()], from.slice(1));
    /** @type {any} */
    const seeding = await new Promise((resolve) => /** @type {any} */ (window).client.seed(file, { announce: trackers }, resolve));
    return /** @type {number[]} */ ([...seeding.torrentFile]);
  }, /** @type {const} */ ([path, announce])));
  return { torrent, announce };
}

/**
 * @param {import('./pair.mjs').Stage} stage
 * @returns {Promise<import('./pair.mjs').Pair>}
 */
export async function webtorrent(stage) {
  const [sender, receiver] = [await clientPage(stage, 'webtorrent sender'), await clientPage(stage, 'webtorrent receiver')];
  const { torrent, announce } = await seed(stage, sender, FILE);
  // Nothing is wanted until the link is there, with one who has all.
  await inTime('a link of webtorrent', receiver.page.evaluate(async ([bytes, trackers]) => {
    /** @type {any} */
    const leeching = await new Promise((resolve) => /** @type {any} */ (window).client.add(new Uint8Array(/** @type {number[]} */ (bytes)), { announce: trackers, deselect: true }, resolve));
    Object.assign(window, { torrent: leeching });
    while (!leeching.wires.some((/** @type {any} */ wire) => wire.isSeeder)) await new Promise((resolve) => setTimeout(resolve, 50));
  }, /** @type {const} */ ([torrent, announce])));

  const flow = () =>
    receiver.page.evaluate(async () => {
      const { torrent: leeching } = /** @type {any} */ (window);
      if (leeching.downloaded > 0) throw new Error('it began by itself');
      const done = new Promise((resolve) => leeching.once('done', resolve));
      const began = performance.now();
      leeching.files[0].select();
      await done;
      return performance.now() - began;
    });
  const check = async () => {
    await receiver.page.evaluate(async () => {
      const blob = await /** @type {any} */ (window).torrent.files[0].blob();
      Object.assign(window, { parts: [blob] });
    });
    return partsHash(receiver);
  };
  return { sender, receiver, flow: () => inTime('webtorrent', flow()), check };
}
