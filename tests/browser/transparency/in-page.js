//! Runs first in every page of a case: what the cases' own functions describe with, and the page's troubles. A global that is the same in every arm.
(() => {
  /** @type {unknown[]} */
  const troubles = [];
  addEventListener('error', (event) => troubles.push(['error', event.message]));
  addEventListener('unhandledrejection', (event) => troubles.push(['unhandled', String(event.reason)]));
  addEventListener('securitypolicyviolation', (event) => troubles.push(['csp', event.effectiveDirective, event.blockedURI]));
  new ReportingObserver((reports) => reports.forEach((report) => troubles.push(['report', report.type, report.body?.id ?? report.body?.message ?? ''])), { buffered: true }).observe();

  const hash = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

  const witness = {
    troubles,
    hash,

    /** All that a page can see of a response, with its body's hash. @param {Response} response */
    async tell(response) {
      const { status, statusText, type, url, redirected, ok, bodyUsed } = response;
      const bytes = await response.arrayBuffer();
      return { status, statusText, type, url, redirected, ok, bodyUsed, headers: [...response.headers], length: bytes.byteLength, body: await hash(bytes) };
    },

    /** The same of a `fetch`, or how it failed. @param {RequestInfo | URL} what @param {RequestInit} [init] */
    fetch: (what, init) => witness.attempt(async () => witness.tell(await fetch(what, init))),

    /** The same for several URLs, one after the other. @param {string[]} paths @param {RequestInit} [init] */
    async fetchAll(paths, init) {
      const seen = {};
      for (const path of paths) seen[path] = await witness.fetch(path, init);
      return seen;
    },

    /** @template T @param {() => Promise<T> | T} go */
    async attempt(go) {
      try {
        return await go();
      } catch (error) {
        return { failed: error.name, message: error.message };
      }
    },

    /** An element that loads something: 'load' or 'error'. @param {HTMLElement} element @param {Node} [parent] */
    loads: (element, parent = document.head) => new Promise((resolve) => {
      element.onload = element.onerror = (event) => resolve(event.type);
      parent.append(element);
    }),

    /** Which of these events come, in which order, the same one after the other once, until one of `last`. @param {EventTarget} target @param {string[]} names @param {string[]} last @param {(event: any) => unknown} [more] */
    events: (target, names, last, more) => new Promise((resolve) => {
      const seen = [];
      for (const name of names) target.addEventListener(name, (event) => {
        const told = more ? `${name} ${more(event)}` : name;
        if (seen.at(-1) !== told) seen.push(told);
        if (last.includes(name)) resolve(seen);
      });
    }),
  };
  Object.defineProperty(window, 'witness', { value: witness });
})();
