//! Must show c: what is not labelled, not a GET, of another origin or with Authorization reaches the origin exactly as without the worker.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { configure, wiki } from './sites.mjs';
import { Stage } from './stage.mjs';

/** The icon that every page of the wiki names. */
const ICON = '/images/icon.svg';

/** Everything that a page does here, one thing after the other; runs in the page. */
async function deeds(/** @type {string} */ elsewhere) {
  /** @type {[string, unknown][]} */
  const results = [];
  const attempt = async (/** @type {string} */ name, /** @type {() => Promise<unknown>} */ go) => {
    try {
      results.push([name, await go()]);
    } catch (error) {
      results.push([name, /** @type {Error} */ (error).name]);
    }
  };
  const told = async (/** @type {Response} */ response) => [response.status, response.type, response.redirected, (await response.text()).length];
  const image = (/** @type {string} */ src) => new Promise((resolve) => Object.assign(new Image(), { src, onload: () => resolve('loaded'), onerror: () => resolve('failed') }));

  await attempt('GET private', async () => told(await fetch('/desk/')));
  await attempt('GET private, no-store', async () => told(await fetch('/desk/index.html', { cache: 'no-store' })));
  await attempt('GET what does not exist', async () => told(await fetch('/nothing-here?a=1&b=2')));
  await attempt('GET with Authorization', async () => told(await fetch('/islands/', { headers: { Authorization: 'Bearer abc' } })));
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) await attempt(`${method} labelled`, async () => told(await fetch('/lights/', { method, body: `{"by":"${method}"}`, headers: { 'Content-Type': 'application/json' } })));
  await attempt('HEAD labelled', async () => told(await fetch('/lights/', { method: 'HEAD' })));
  await attempt('image, private', () => image('/desk/none.png'));
  await attempt('upload with progress', () => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let most = 0, events = 0;
    request.upload.onprogress = (event) => {
      most = Math.max(most, event.loaded);
      events += 1;
    };
    request.onloadend = () => resolve([request.status, most, events > 0]);
    request.open('POST', '/desk/upload');
    request.send(new Uint8Array(3_000_000));
  }));
  await attempt('form', () => new Promise((resolve) => {
    const frame = document.body.appendChild(Object.assign(document.createElement('iframe'), { name: 'answer', src: 'about:blank' }));
    const form = document.body.appendChild(Object.assign(document.createElement('form'), { method: 'post', action: '/desk/form', target: 'answer' }));
    form.append(Object.assign(document.createElement('input'), { name: 'word', value: 'light' }));
    frame.onload = () => resolve('answered');
    form.submit();
  }));
  await attempt('beacon', async () => {
    const sent = navigator.sendBeacon('/desk/beacon', 'going');
    await new Promise((resolve) => setTimeout(resolve, 300));
    return sent;
  });
  await attempt('GET elsewhere', async () => told(await fetch(`${elsewhere}/data`)));
  await attempt('GET elsewhere, no-cors', async () => (await fetch(`${elsewhere}/data?no-cors`, { mode: 'no-cors' })).type);
  await attempt('POST elsewhere, asked first', async () => told(await fetch(`${elsewhere}/data`, { method: 'POST', body: 'x', headers: { 'X-Word': 'light' } })));
  await attempt('image elsewhere', () => image(`${elsewhere}/image.png`));
  return results;
}

describe('what is not ours', () => {
  /** @type {Stage} */ let stage;
  /** @type {http.Server} */ let server;
  /** What the other origin was asked. @type {unknown[]} */ let asked = [];
  let elsewhere = '';

  before(async () => {
    const site = wiki();
    const { config } = configure(site, { share: ['/index.html', '/wiki.css', '/search.js', '/images/**', '/islands/**', '/lights/**'], privately: ['/desk/**'] });
    stage = await Stage.open(site, { config, walk: false });
    server = http.createServer((request, response) => {
      asked.push([request.method, request.url, request.rawHeaders]);
      response.writeHead(200, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-max-age': '0' }).end('elsewhere');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    elsewhere = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
  });
  after(async () => {
    await stage?.close();
    server.close();
    server.closeAllConnections();
  });

  /** Does everything once with a visitor; answers with what both origins and the page saw. */
  async function witness(/** @type {boolean} */ workers) {
    const visitor = await stage.arrive('anyone', { workers });
    await visitor.open('/');
    if (workers) await visitor.controlled();
    await visitor.follow('/lights/');
    const mark = stage.proxy.log.length;
    asked = [];
    /** @type {unknown} */ let results;
    const got = await visitor.during(async () => (results = await visitor.page.evaluate(deeds, elsewhere)));
    // Left out: the swarm's own (tracker, manifest, scripts), and the pages' labelled icon, which the browser asks for when it likes.
    const log = stage.proxy.since(mark).filter(({ path, status }) => status !== 101 && !/^\/(swarmfetch|\.well-known\/swarmfetch)/.test(path) && path !== ICON);
    const answered = got.filter((one) => one.worker && !one.url.endsWith(ICON)).map((one) => one.url);
    await visitor.leave();
    return { log: log.map(({ method, path, headers, requestBody, requestLength, status }) => ({ method, path, headers, requestBody, requestLength, status })), results, asked, answered };
  }

  it('reaches the origin with the same method, path, headers, body and count, and is not answered by the worker', { timeout: 60_000 }, async () => {
    const plain = await witness(false);
    const ours = await witness(true);
    assert.deepEqual(ours.results, plain.results);
    assert.deepEqual(ours.log.map(({ method, path }) => `${method} ${path}`), plain.log.map(({ method, path }) => `${method} ${path}`));
    assert.deepEqual(ours.log, plain.log);
    assert.deepEqual(ours.asked, plain.asked);
    assert.deepEqual(ours.answered, []);
    assert(plain.log.length >= 14 && plain.asked.length >= 5, `only ${plain.log.length} and ${plain.asked.length} requests were compared`);
  });
});
