//! Must show e: what text costs on a link, beside `gzip -6` of the whole file. Counted at the data channel, proofs included, so a busy machine changes nothing.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { hold } from '../bench/pairs/pair.mjs';
import { countFrames } from './frames.js';
import { refuseContent } from './proxy.mjs';
import { LINE, REAL } from './sites.mjs';
import { Stage } from './stage.mjs';

/** What text may cost of its gzip size. */
const SHARE_MAX = 1.1;
const KINDS = ['.html', '.css', '.js'];
const BYTES_MIN = 2 * 1024;
const BYTES_MAX = 2 * 1024 * 1024;
/** Files of one kind and one site at most, for time: evenly from small to large. */
const FILES_MAX = 60;
/** A page of its own to arrive at: it loads none of what counts. */
const ARRIVAL = '/arrival.html';

/** The texts of a site that count, by kind. @param {string} folder */
function texts(folder) {
  const all = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('swarmfetch')).map((entry) => {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    return { path: encodeURI(`/${relative(folder, file)}`), kind: extname(file), body: readFileSync(file) };
  }).filter(({ body }) => body.length >= BYTES_MIN && body.length <= BYTES_MAX).sort((a, b) => a.body.length - b.body.length);
  return KINDS.flatMap((kind) => {
    const own = all.filter((text) => text.kind === kind);
    const count = Math.min(own.length, FILES_MAX);
    return Array.from({ length: count }, (_, n) => /** @type {typeof own[number]} */ (own[Math.floor(((n + 1) * own.length) / count) - 1]));
  });
}

describe(`text from a peer costs at most ${SHARE_MAX} times its gzip size`, () => {
  /** What came over links and what gzip makes of it, in bytes. @type {Map<string, { link: number, gzip: number, files: number }>} */
  const sums = new Map(KINDS.map((kind) => [kind, { link: 0, gzip: 0, files: 0 }]));
  /** @param {{ link: number, gzip: number, files: number }} sum */
  const words = ({ link, gzip, files }) => `${(link / gzip).toFixed(3)} times gzip: ${link} bytes of ${files} files, gzip ${gzip}`;

  for (const [name, { make, skip }] of Object.entries(REAL)) {
    it(`over the pages of ${name}`, { skip, timeout: 180_000 }, async (t) => {
      const site = make();
      const files = texts(site.folder);
      writeFileSync(join(site.folder, ARRIVAL), `<!doctype html><title>Arrival</title>${LINE}\n`);
      const stage = await Stage.open({ ...site, pages: [ARRIVAL] }, { walk: false });
      t.after(() => stage.close());
      const holder = await stage.settle('holder');
      await holder.until('a version', ({ version }) => version > 0);
      for (const { path } of files) await hold(holder, path);
      const reader = await stage.arrive('reader');
      await reader.context.addInitScript(countFrames);
      await reader.open(ARRIVAL);
      await reader.controlled();
      await reader.linked(1);
      stage.proxy.rule = refuseContent;
      const heard = () => reader.page.evaluate(() => /** @type {any} */ (window).heard.answers);
      const all = { link: 0, gzip: 0, files: 0 };
      let worst = { path: '', share: 0 };
      for (const { path, kind, body } of files) {
        const before = await heard();
        const got = await reader.fetch(path);
        assert.equal('body' in got && got.body, createHash('sha256').update(body).digest('hex'), `${path} came otherwise`);
        const link = (await heard()) - before;
        assert(link > 0, `${path} came without a frame`);
        const gzip = gzipSync(body, { level: 6 }).length;
        for (const sum of [all, /** @type {typeof all} */ (sums.get(kind))]) {
          sum.link += link;
          sum.gzip += gzip;
          sum.files += 1;
        }
        if (link / gzip > worst.share) worst = { path, share: link / gzip };
      }
      t.diagnostic(`${words(all)}; the worst is ${worst.path} with ${worst.share.toFixed(3)}`);
      assert(all.link <= SHARE_MAX * all.gzip, words(all));
    });
  }

  for (const kind of KINDS) {
    it(`as ${kind}, over all sites`, (t) => {
      const sum = sums.get(kind) ?? assert.fail();
      t.diagnostic(words(sum));
      assert(sum.files > 0, 'no such file was there');
      assert(sum.link <= SHARE_MAX * sum.gzip, words(sum));
    });
  }
});
