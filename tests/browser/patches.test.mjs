//! Issue 8, 3: who holds an earlier version of a page gets what differs, and makes the page of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Stream } from '../../examples/wiki/src/random.mjs';
import { MANIFEST, pass, tamper } from './proxy.mjs';
import { LINE, configure } from './sites.mjs';
import { Stage } from './stage.mjs';

/** What an edited line may cost, in bytes of everything that comes because of it. */
const EDIT_BYTES_MAX = 2048;

const ARTICLE = '/article.html';
const FRESHNESS = '1h';

/** An article of 60 KB that names its edition in one line. @param {number} edition */
function article(edition) {
  const s = new Stream('article');
  const line = () => Array.from({ length: 14 }, () => s.int(0, 0xffffff).toString(36)).join(' ');
  const lines = Array.from({ length: 830 }, line);
  lines[400] = `This is edition ${edition}.`;
  return `<!doctype html><title>Article</title><link rel="icon" href="data:,">${LINE}<h1 data-edition="${edition}">Article</h1><a href="/">Start</a>\n${lines.join('\n')}\n`;
}

/** @param {string} folder @param {number} edition */
function write(folder, edition) {
  writeFileSync(join(folder, 'index.html'), `<!doctype html><title>Start</title><link rel="icon" href="data:,">${LINE}<a href="${ARTICLE}">Article</a>\n`);
  writeFileSync(join(folder, 'article.html'), article(edition));
}

describe('an article of 60 KB of which one line is edited', () => {
  /** @type {Stage} */ let stage;
  let edition = 1;
  /** Edits the line, and waits until these visitors know. @param {import('./visitors.mjs').Visitor[]} visitors */
  const edit = async (visitors) => {
    const [before] = await Promise.all(visitors.map(async (visitor) => (await visitor.stats()).version));
    write(stage.site.folder, (edition += 1));
    for (const visitor of visitors) await visitor.until('the new version', ({ version }) => version > before);
  };
  /** Reads it anew: what it is. @param {import('./visitors.mjs').Visitor} visitor */
  const read = async (visitor) => {
    const [document] = await visitor.follow(ARTICLE);
    assert.equal(document.body, createHash('sha256').update(readFileSync(join(stage.site.folder, 'article.html'))).digest('hex'), 'the article as it is now');
    assert(document.worker, 'the worker answered');
    await visitor.follow('/');
  };

  before(async () => {
    const base = mkdtempSync(join(tmpdir(), 'swarmfetch-patches-'));
    const folder = join(base, 'site');
    mkdirSync(folder);
    write(folder, edition);
    const site = { name: 'patches', folder, pages: ['/', ARTICLE], remove: () => rmSync(base, { recursive: true, force: true }) };
    const { config } = configure(site, { more: `freshness = "${FRESHNESS}"` });
    stage = await Stage.open(site, { config });
  });
  after(() => stage?.close());

  it('comes as a patch', { timeout: 60_000 }, async (t) => {
    const visitor = await stage.settle('reader');
    await read(visitor);
    const since = stage.proxy.log.length;
    await edit([visitor]);
    await read(visitor);
    const came = stage.proxy.log.slice(since).filter(({ path }) => path !== '/swarmfetch-sw.js');
    assert.deepEqual(came.filter(({ path }) => path === ARTICLE), [], 'the article itself was not asked for');
    const bytes = came.reduce((sum, { sent }) => sum + sent, 0);
    t.diagnostic(`${bytes} bytes in ${came.length} answers: ${came.map(({ path, sent }) => `${path.slice(-8)} ${sent}`).join(', ')}`);
    assert(bytes <= EDIT_BYTES_MAX, `${bytes} bytes came`);
    const { bytes: counted } = await visitor.stats();
    assert(counted.cache > 50_000, 'most of it was held');
    // And is held now: an edit after the next one needs no more.
    await edit([visitor]);
    await edit([visitor]);
    const later = stage.proxy.log.length;
    await read(visitor);
    assert.deepEqual(stage.proxy.log.slice(later).filter(({ path }) => path === ARTICLE), [], 'there is a patch over two edits, too');
    assert.deepEqual(visitor.complaints, []);
    await visitor.leave();
  });

  it('comes whole where the patch is not what was signed, or is not there', { timeout: 60_000 }, async () => {
    // All else that stands there the visitor has by then.
    const isPatch = (/** @type {string} */ path) => path.startsWith(`${MANIFEST}o/`);
    for (const change of [tamper(isPatch, (body) => Buffer.from(body.map((byte) => byte ^ 1))), /** @type {import('./proxy.mjs').Rule} */ (({ path }) => (isPatch(path) ? { status: 404, body: 'gone\n' } : undefined))]) {
      const visitor = await stage.settle('reader');
      await read(visitor);
      await edit([visitor]);
      const since = stage.proxy.log.length;
      stage.proxy.rule = change;
      await read(visitor);
      stage.proxy.rule = pass;
      const asked = stage.proxy.log.slice(since).filter(({ path }) => path === ARTICLE).length;
      assert.equal(asked, 1, 'the article was asked for once');
      assert.deepEqual(visitor.complaints, []);
      await visitor.leave();
    }
  });
});
