// The test's own service worker: the worker's side of the bridge protocol and nothing else. It does what a control page tells it
// (`{test, …}` with a port) and remembers what the pages say.

const instance = Math.random();
/** Held as long as this instance lives. */
const life = `life ${instance}`;
navigator.locks.request(life, () => new Promise(() => {}));
/** The page that hosts, or the last that said hello. */
let session = null;
const hellos = [];
/** Everything the pages said on their ports, in order; frames without their bytes. */
const heard = [];
/** What has arrived over each link, checked against what `sender` makes. */
const received = new Map();
/** Bytes on their way to the wire, per link. */
const outstanding = new Map();
let changed = () => {};
let change = new Promise((resolve) => (changed = resolve));
/** While true nothing is acknowledged, as if the worker were stuck. */
let stuck = false;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', () => {
  // A handler must be there for the page to be controlled, and must not be empty to be called.
  void instance;
});

self.addEventListener('message', (event) => {
  const { data } = event;
  if (data.swarmfetch === 'hello') greet(event.source.id, data, event.ports[0]);
  else if (data.swarmfetch === 'alive') note({ op: 'alive' });
  else if (data.swarmfetch === 'call') event.ports[0].postMessage({ ok: data.what === 'stats' ? { version: '7' } : undefined });
  else if (data.test) event.waitUntil(command(data).then((answer) => event.ports[0].postMessage(answer)));
});

function greet(client, hello, port) {
  hellos.push({ client, ...hello });
  note({ op: 'hello' });
  if (stuck) return;
  if (session?.client === client) session.port.close();
  const handled = { n: 0 };
  port.onmessage = ({ data }) => {
    handled.n += 1;
    note(data);
    if (!stuck) port.postMessage({ op: 'ack', n: handled.n });
  };
  if (hello.host || session === null || session.client === client) session = { client, port };
  port.postMessage({ op: 'welcome', epoch: hello.epoch, life });
}

function note(message) {
  if (message.op === 'frames') {
    const sum = received.get(message.link) ?? { frames: 0, bytes: 0, wrong: 0, batches: 0 };
    received.set(message.link, sum);
    sum.batches += 1;
    for (const frame of message.data) {
      if (!isFrame(new Uint8Array(frame), sum.frames)) sum.wrong += 1;
      sum.frames += 1;
      sum.bytes += frame.byteLength;
    }
  } else {
    heard.push(message);
    if (message.op === 'drained') outstanding.set(message.link, outstanding.get(message.link) - message.bytes);
  }
  changed();
  change = new Promise((resolve) => (changed = resolve));
}

/** Frame number n: its number, then bytes that depend on number and place. */
function makeFrame(n, size) {
  const frame = new Uint8Array(size);
  for (let at = 4; at < size; at += 1) frame[at] = (n * 31 + at * 7) & 255;
  new DataView(frame.buffer).setUint32(0, n);
  return frame;
}

function isFrame(frame, n) {
  if (new DataView(frame.buffer).getUint32(0) !== n) return false;
  for (let at = 4; at < frame.length; at += 1) if (frame[at] !== ((n * 31 + at * 7) & 255)) return false;
  return true;
}

/** Sends frames first..first+count of one size, never more than a window ahead of what has drained. */
async function send({ link, first, count, size, window }) {
  outstanding.set(link, outstanding.get(link) ?? 0);
  for (let n = first; n < first + count; n += 1) {
    while (outstanding.get(link) + size > window) await change;
    outstanding.set(link, outstanding.get(link) + size);
    const { buffer } = makeFrame(n, size);
    session.port.postMessage({ op: 'frames', link, data: [buffer] }, [buffer]);
  }
  while (outstanding.get(link) > 0) await change;
  return true;
}

async function command(data) {
  switch (data.test) {
    case 'state':
      return { instance, hellos, heard, received: Object.fromEntries(received), host: session?.client };
    // Waits for the next thing heard from a place in the list on that has these fields.
    case 'next':
      for (let at = data.from; ; ) {
        for (; at < heard.length; at += 1) {
          if (Object.entries(data.like).every(([key, value]) => heard[at][key] === value)) return { ...heard[at], at };
        }
        await change;
      }
    case 'received':
      while ((received.get(data.link)?.frames ?? 0) < data.frames) await change;
      return received.get(data.link);
    case 'send':
      return send(data);
    case 'say':
      session.port.postMessage(data.message);
      return true;
    case 'wake':
      for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage({ swarmfetch: 'wake' });
      return true;
    case 'stick':
      stuck = data.stuck;
      return true;
  }
}
