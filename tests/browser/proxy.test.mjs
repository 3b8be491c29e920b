//! The witness is tested first: what it calls content, what it writes down, and that its refusals refuse.
import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CountingProxy, closeOnContent, failManifest, objectKind, pass, refuseContent, tamper } from './proxy.mjs';

const PAGE = '<!doctype html><title>A page</title>\n'.repeat(40);

describe('the counting proxy', () => {
  /** @type {http.Server} */ let server;
  /** @type {CountingProxy} */ let proxy;
  const folder = mkdtempSync(join(tmpdir(), 'swarmfetch-proxy-'));
  /** Headers of the last request that the origin saw. @type {string[]} */ let seen = [];

  before(async () => {
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'd/index.html'), PAGE);
    writeFileSync(join(folder, 'd/a b.txt'), 'a text with a blank in its name');
    server = http.createServer((request, response) => {
      seen = request.rawHeaders;
      const path = (request.url ?? '').split('?')[0];
      if (path.endsWith('/o/slice')) response.end(`proof${PAGE.slice(0, 700)}`);
      else if (path.endsWith('/o/body')) response.end(PAGE);
      else if (path.endsWith('/o/record')) response.end(Buffer.from([0x52, 1, 7, 7]));
      else if (path.startsWith('/d')) response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(PAGE));
      else response.writeHead(404).end('no such thing');
    });
    server.on('upgrade', (request, socket) => socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\nhello ${request.headers.host}`));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    proxy = await new CountingProxy(/** @type {net.AddressInfo} */ (server.address()).port).listen();
    proxy.contents.add(folder);
  });
  beforeEach(() => {
    proxy.rule = pass;
    proxy.log.length = 0;
  });
  after(async () => {
    await proxy.close();
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('writes down method, path, headers, body and decoded length', async () => {
    const answer = await fetch(`${proxy.origin}/d/?v=2`, { method: 'POST', body: 'twelve bytes', headers: { 'X-Name': 'value', cookie: 'visitor=ann' } });
    assert.equal(await answer.text(), PAGE);
    const [passed] = proxy.log;
    assert.deepEqual([passed.method, passed.path, passed.status, passed.bytes, passed.requestLength, passed.visitor, passed.file], ['POST', '/d/?v=2', 200, PAGE.length, 12, 'ann', 'd/index.html']);
    assert(passed.headers.some(([name, value]) => name === 'X-Name' && value === 'value'));
  });

  it('leaves Host and every other request header as it was', async () => {
    await fetch(`${proxy.origin}/other`, { headers: { 'X-Name': 'value' } });
    assert.deepEqual(seen, proxy.log[0].headers.flat());
    assert.equal(seen[seen.findIndex((name) => /^host$/i.test(name)) + 1], `127.0.0.1:${proxy.port}`);
  });

  it('knows content by its path, by its bytes under any path, and in parts', async () => {
    for (const path of ['/d/', '/d/index.html', '/d/a%20b.txt', '/.well-known/swarmfetch/o/body', '/.well-known/swarmfetch/o/slice', '/.well-known/swarmfetch/o/record', '/none']) await fetch(proxy.origin + path);
    assert.deepEqual(proxy.log.map((passed) => passed.file), ['d/index.html', 'd/index.html', 'd/a b.txt', 'd/index.html', 'd/index.html', undefined, undefined]);
  });

  it('refuses content by closing the socket and lets the manifest pass', async () => {
    proxy.rule = closeOnContent;
    for (const path of ['/d/', '/.well-known/swarmfetch/o/body', '/swarmfetch.js']) await assert.rejects(fetch(proxy.origin + path), path);
    assert.equal((await fetch(`${proxy.origin}/.well-known/swarmfetch/o/record`)).status, 200);
    assert.deepEqual(proxy.log.map((passed) => passed.bytes), [0, 0, 0, 4]);
  });

  it('refuses content by 503 and lets the manifest pass', async () => {
    proxy.rule = refuseContent;
    assert.equal((await fetch(`${proxy.origin}/d/`)).status, 503);
    assert.equal((await fetch(`${proxy.origin}/.well-known/swarmfetch/o/slice`)).status, 503);
    assert.equal((await fetch(`${proxy.origin}/.well-known/swarmfetch/o/record`)).status, 200);
  });

  it('fails and changes the manifest when told to', async () => {
    proxy.rule = failManifest;
    assert.equal((await fetch(`${proxy.origin}/.well-known/swarmfetch/o/record`)).status, 500);
    assert.equal((await fetch(`${proxy.origin}/d/`)).status, 200);
    proxy.rule = tamper((_, body) => objectKind(body) === 'record', (body) => Buffer.concat([body, Buffer.from('!')]));
    assert.equal((await (await fetch(`${proxy.origin}/.well-known/swarmfetch/o/record`)).arrayBuffer()).byteLength, 5);
    assert.equal(await (await fetch(`${proxy.origin}/d/`)).text(), PAGE);
  });

  it('passes upgrades on with their Host', async () => {
    const text = await new Promise((resolve, reject) => {
      const socket = net.connect(proxy.port, '127.0.0.1', () => socket.write('GET /t HTTP/1.1\r\nHost: example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'));
      let all = '';
      socket.on('data', (chunk) => (all += chunk)).on('end', () => resolve(all)).on('error', reject);
    });
    assert.match(text, /^HTTP\/1\.1 101 [^]*hello example\.test$/);
    assert.equal(proxy.log[0].status, 101);
  });
});
