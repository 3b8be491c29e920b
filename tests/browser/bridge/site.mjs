//! A tiny site for the bridge's tests: pages that load the page script, pages that do not, and the test's own worker.

import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const page = (head = '') => `<!doctype html><title>page</title>${head}<link rel="stylesheet" href="style.css"><p>text`;
const line = '<script async src="/swarmfetch.js"></script>';

/** Builds the page script as `build.mjs` leaves it, settings filled in as `publish` does. */
async function pageScript(settings) {
  const out = await mkdtemp(join(tmpdir(), 'bridge-'));
  try {
    await promisify(execFile)(process.execPath, [here('../../../sw-shim/build.mjs'), '--page', out]);
    const text = await readFile(join(out, 'swarmfetch.js'), 'utf8');
    const parts = text.split('/*SWARMFETCH-PAGE*/null');
    if (parts.length !== 2) throw new Error('the token stands in the page script exactly once');
    return parts.join(JSON.stringify(settings));
  } finally {
    await rm(out, { recursive: true });
  }
}

/**
 * Serves the site. `requests` lists what was asked for; `release` answers what a page is made to wait for.
 * @returns {Promise<{ url: string, requests: string[], release(): void, close(): Promise<void> }>}
 */
export async function serveSite() {
  const worker = await readFile(here('worker.js'));
  const html = { 'content-type': 'text/html' };
  const script = { 'content-type': 'text/javascript' };
  const strict = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; require-trusted-types-for 'script'";
  const files = {
    '/': [html, page(line)],
    '/other.html': [html, page(line)],
    '/early.html': [html, page('<script async src="/early.js"></script><img src="/held.svg">')],
    '/plain.html': [html, page()],
    '/strict.html': [{ ...html, 'content-security-policy': strict }, page(line)],
    '/no-worker.html': [{ ...html, 'content-security-policy': "worker-src 'none'" }, page(line)],
    '/missing/': [html, page('<script async src="/missing/swarmfetch.js"></script>')],
    '/moved/': [html, page('<script async src="/moved/swarmfetch.js"></script>')],
    '/typed/': [html, page('<script async src="/typed/swarmfetch.js"></script>')],
    '/typed/swarmfetch-sw.js': [html, worker],
    '/own-worker.js': [script, "addEventListener('fetch', () => void self); importScripts('/swarmfetch-sw.js')"],
    '/silent-worker.js': [script, "let n = 0; addEventListener('message', ({ data, ports }) => (data.test ? ports[0].postMessage(n) : (n += 1)))"],
    '/swarmfetch-sw.js': [script, worker],
    '/early.js': [script, await pageScript({ start: 'early' })],
  };
  const onLoad = [script, await pageScript({ start: 'load' })];
  const requests = [];
  const held = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://site').pathname;
    requests.push(path);
    if (path === '/moved/swarmfetch-sw.js') return response.writeHead(302, { location: '/swarmfetch-sw.js' }).end();
    if (path.endsWith('/style.css')) return response.writeHead(200, { 'content-type': 'text/css' }).end('p { color: green }');
    if (path === '/favicon.ico') return response.writeHead(204).end();
    if (path === '/held.svg') return held.push(response);
    const file = path.endsWith('/swarmfetch.js') ? onLoad : files[path];
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'cache-control': 'no-cache', ...file[0] }).end(file[1]);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    release: () => held.forEach((response) => response.writeHead(204).end()),
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}
