//! One visitor: a browser context with the site's pages, and a page without the script from which the test commands the worker.

import assert from 'node:assert/strict';

export class Visitor {
  /** What the visitor's pages complained about: the bridge must not add to it. */
  complaints = [];

  static async arrive(browser, site, { path = '/', init, ...how } = {}) {
    const visitor = new Visitor();
    visitor.site = site;
    visitor.context = await browser.newContext();
    if (init) await visitor.context.addInitScript(init);
    visitor.context.on('weberror', (error) => visitor.complaints.push(`thrown: ${error.error()}`));
    visitor.context.on('console', (message) => visitor.complaints.push(message.text()));
    visitor.control = await visitor.context.newPage();
    await visitor.control.goto(`${site.url}/plain.html`);
    visitor.page = await visitor.open(path, how);
    return visitor;
  }

  /** Opens a page of the site, with a clock that the test can turn forward where it wants one. */
  async open(path, { clock = false, until = 'load' } = {}) {
    const page = await this.context.newPage();
    if (clock) await page.clock.install();
    await page.goto(this.site.url + path, { waitUntil: until });
    return page;
  }

  /** Tells the worker to do something, and waits for its answer. A stopped worker is started by it. */
  tell(command) {
    return this.control.evaluate(async (data) => {
      const registration = await navigator.serviceWorker.ready;
      const { port1, port2 } = new MessageChannel();
      registration.active.postMessage(data, [port2]);
      return new Promise((resolve) => (port1.onmessage = (event) => resolve(event.data)));
    }, command);
  }

  state = () => this.tell({ test: 'state' });
  say = (message) => this.tell({ test: 'say', message });
  /** Waits until the worker has heard a message like this, counted from a place in its list on. */
  next = (like, from = 0) => this.tell({ test: 'next', like, from });

  /** Waits until the worker has had a hello like this. */
  async greeted(like = {}) {
    for (let from = 0; ; ) {
      const { hellos } = await this.state();
      const found = hellos.find((hello) => Object.entries(like).every(([key, value]) => hello[key] === value));
      if (found) return found;
      from = (await this.next({ op: 'hello' }, from)).at + 1;
    }
  }

  /** Stops the worker between two events, as a browser does at will. */
  async stopWorker() {
    const session = await this.context.newCDPSession(this.control);
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await session.detach();
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}

/** Lets two visitors' workers meet: carries descriptions and candidates from each to the other, as a tracker would. */
export async function introduce(offerer, answerer, link = 1) {
  await offerer.say({ op: 'open', link, role: 'offer', ice: [] });
  const offer = await offerer.next({ op: 'local', link });
  assert.equal(offer.kind, 'offer');
  await answerer.say({ op: 'open', link, role: 'answer', sdp: offer.sdp, ice: [] });
  const answer = await answerer.next({ op: 'local', link });
  assert.equal(answer.kind, 'answer');
  await offerer.say({ op: 'remote', link, sdp: answer.sdp });
  const carry = async (from, to) => {
    for (let at = 0; ; at += 1) {
      const message = await from.next({ op: 'candidate', link }, at);
      await to.say({ op: 'candidate', link, candidate: message.candidate });
      if (message.candidate === null) return message.sdp;
      at = message.at;
    }
  };
  const gathered = await Promise.all([carry(offerer, answerer), carry(answerer, offerer)]);
  for (const sdp of gathered) assert.match(sdp, /\na=candidate:/);
  return Promise.all([offerer.next({ op: 'opened', link }), answerer.next({ op: 'opened', link })]);
}
