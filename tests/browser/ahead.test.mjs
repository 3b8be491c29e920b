//! Ahead of the click: what links lead to comes from others while the visitor reads, and never from the origin. And on a site whose tree is no pack, what the owner says of
//! a page comes from others, too.
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { randomBytes } from 'node:crypto';
import { MANIFEST, pass, refuseContent } from './proxy.mjs';
import { LINE, configure, make } from './sites.mjs';
import { Stage } from './stage.mjs';
import { PATIENCE_MS } from './visitors.mjs';

const HEAD = `<!doctype html><title>Page</title><link rel="icon" href="data:,">${LINE}`;

/** @param {string} folder @param {string} name @param {string} body */
const page = (folder, name, body) => writeFileSync(join(folder, name), `${HEAD}<h1>${name}</h1>${body}<p>${name.repeat(500)}</p>\n`);

/** Pages with a picture each, which no other page has. @param {string} folder @param {string[]} names */
function pages(folder, names) {
  for (const name of names) {
    writeFileSync(join(folder, `${name}.png`), randomBytes(20_000 + name.length));
    page(folder, `${name}.html`, `<img src="/${name}.png" alt="">`);
  }
}

/** Whether a visitor's store holds a file of this length: no two here have the same. @param {import('./visitors.mjs').Visitor} visitor @param {number} length */
const holds = (visitor, length) => visitor.page.evaluate(async (tail) => {
  for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) if (url.endsWith(tail)) return true;
  return false;
}, `/${length}`);

/** @param {import('./visitors.mjs').Visitor} visitor @param {number} length */
async function untilHeld(visitor, length) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds(visitor, length))) {
    assert(performance.now() < deadline, `${visitor.name} never held ${length} bytes`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

it('documents of links in view come from others before the click, and what the one under the mouse needs; nothing from the origin', { timeout: 120_000 }, async () => {
  const read = ['seen', 'below-the-fold', 'pointed-at'];
  const site = make('ahead', (folder) => {
    pages(folder, [...read, 'unread']);
    const link = (/** @type {string} */ name) => `<p><a href="/${name}.html">${name}</a></p>`;
    page(folder, 'index.html', `${link('seen')}${link('pointed-at')}${link('unread')}<p style="height: 400vh"></p>${link('below-the-fold')}`);
    return ['/'];
  });
  const length = (/** @type {string} */ name) => statSync(join(site.folder, name)).size;
  const stage = await Stage.open(site, { walk: false });
  try {
    const holder = await stage.settle('holder');
    for (const name of read) await holder.follow(`/${name}.html`);
    const reader = await stage.settle('reader');
    await reader.linked(1);
    const mark = stage.proxy.log.length;
    await untilHeld(reader, length('seen.html'));
    await untilHeld(reader, length('pointed-at.html'));
    assert(!(await holds(reader, length('below-the-fold.html'))), 'what is not in view was fetched');
    assert(!(await holds(reader, length('pointed-at.png'))), 'what a page needs was fetched before anybody meant to go there');
    await reader.page.hover('a[href="/pointed-at.html"]');
    await untilHeld(reader, length('pointed-at.png'));
    await reader.page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await untilHeld(reader, length('below-the-fold.html'));
    assert.deepEqual(stage.proxy.since(mark, { content: true }).filter(({ visitor }) => visitor === 'reader').map(({ path }) => path), [], 'the origin was asked ahead of the click');

    // Neither the origin nor anybody else is there any more.
    await holder.leave();
    await reader.until('no links', ({ peers }) => peers === 0);
    stage.proxy.rule = refuseContent;
    const got = await reader.follow('/pointed-at.html');
    assert.deepEqual(got.filter(({ url }) => /pointed/.test(url)).map(({ status, worker }) => [status, worker]), [[200, true], [200, true]]);
    const { bytes } = await reader.stats();
    assert(bytes.peers >= length('pointed-at.html') + length('pointed-at.png'), 'what came ahead counts as from peers');
  } finally {
    stage.proxy.rule = pass;
    await stage.close();
  }
});

it('whether there is a newer version is asked before the click', { timeout: 60_000 }, async () => {
  const names = Array.from({ length: 40 }, (_, n) => `page-${n}`);
  const site = make('sooner', (folder) => {
    for (const name of names) page(folder, `${name}.html`, '');
    page(folder, 'index.html', names.map((name) => `<a href="/${name}.html">${name}</a>`).join('\n'));
    return ['/'];
  });
  const { config } = configure(site, { more: 'freshness = "1s"' });
  const stage = await Stage.open(site, { config, walk: false });
  try {
    const reader = await stage.settle('reader');
    await reader.until('a version', ({ version }) => version > 0);
    const heads = () => stage.proxy.log.filter(({ path }) => path === `${MANIFEST}head`).length;
    const before = heads();
    // What is known of it is too old after a second; a link is told of once.
    for (const name of names) {
      if (heads() > before) break;
      await reader.page.hover(`a[href="/${name}.html"]`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.equal(heads(), before + 1);
  } finally {
    await stage.close();
  }
});

it('on a site that is no pack, others prove what a page is and what it needs', { timeout: 180_000 }, async () => {
  const site = make('large', (folder) => {
    for (let n = 0; n < 5_000; n++) writeFileSync(join(folder, `${n}.txt`), `${n}\n`);
    pages(folder, ['read', 'unread']);
    page(folder, 'index.html', '');
    return ['/'];
  });
  const stage = await Stage.open(site, { walk: false });
  try {
    const holder = await stage.settle('holder');
    await holder.follow('/read.html');
    await holder.follow('/');
    const reader = await stage.settle('reader');
    await reader.until('a version', ({ version }) => version > 0);
    await reader.linked(1);
    const nodes = (/** @type {number} */ since) => stage.proxy.log.slice(since).filter(({ path, visitor }) => visitor === 'reader' && path.startsWith(`${MANIFEST}o/`));
    const mark = stage.proxy.log.length;
    stage.proxy.rule = ({ path, visitor }) => (visitor === 'reader' && path !== `${MANIFEST}head` ? { status: 503, body: 'refused\n' } : undefined);
    const got = await reader.follow('/read.html');
    assert.deepEqual(got.filter(({ url }) => /read/.test(url)).map(({ status }) => status), [200, 200], JSON.stringify(got.map(({ url, status }) => [url, status])));
    assert.deepEqual(nodes(mark).map(({ path }) => path), [], 'nodes were asked of the origin');

    // What nobody has read the origin has to say, and the page does not wait for that.
    stage.proxy.rule = pass;
    await reader.linked(1);
    const unread = await reader.follow('/unread.html');
    assert.deepEqual(unread.filter(({ url }) => /unread/.test(url)).map(({ status }) => status), [200, 200]);
    await untilHeld(reader, statSync(join(site.folder, 'unread.html')).size);
    assert(nodes(mark).length > 0);
    const once = stage.proxy.log.slice(mark).filter(({ path, visitor }) => visitor === 'reader' && path === '/unread.html');
    assert.equal(once.length, 1, 'the document was asked for more than once');
  } finally {
    stage.proxy.rule = pass;
    await stage.close();
  }
});
