//! The page script, `/swarmfetch.js`: registers the worker of its folder, hosts its links, and gives the page `window.swarmfetch`.
//!
//! Whatever is missing or forbidden in this browser or on this page, the page stays as it is: nothing throws, nothing is logged, no promise is left
//! rejected. No policy, no wasm.

import { openBridge } from './bridge.js';
import { makeApi } from './page/api.js';
import { watchLinks } from './page/links.js';
import { isReload, whenLoaded, whenReal } from './page/moments.js';
import { followWorker, register } from './page/registration.js';
import { loadedResources, resourcesUnderWay } from './page/resources.js';

const settings = __SWARMFETCH_PAGE__;
const NAME = 'swarmfetch';

/** Runs the page's part. @param {URL} base the folder of this script */
function run(base) {
  /** @type {(answered: boolean) => void} */
  let heard = () => {};
  /** @type {Promise<boolean>} */
  const ready = new Promise((resolve) => (heard = resolve));
  /** @type {ServiceWorker | null} */
  let worker = null;
  const value = makeApi(ready, () => worker);
  Object.defineProperty(window, NAME, { value, configurable: true, writable: true });

  /** @type {ServiceWorkerContainer | undefined} */
  const container = navigator.serviceWorker;
  if (container === undefined || typeof MessageChannel !== 'function') return heard(false);
  // A page that the worker has not served from the start has loaded things that the worker has not seen.
  const served = container.controller !== null;
  const url = location.href.split('#', 1)[0] ?? '';
  let loaded = false;
  let handedOver = false;
  /** @type {(resources: string[]) => void} */
  let late = () => {};
  const about = () => {
    const stray = container.controller === null && !isReload();
    if (!loaded || handedOver) return { url, stray };
    handedOver = true;
    if (!served) resourcesUnderWay((resources) => late(resources));
    return { url, stray, resources: loadedResources() };
  };

  whenReal(() => {
    const path = base.pathname === '/' ? '' : base.pathname;
    const bridge = openBridge({ lock: `swarmfetch-host${path}`, about, heard });
    late = (resources) => bridge.loaded(url, resources);
    const known = followWorker(container, (next) => {
      worker = next;
      bridge.follow(worker);
    });
    // A restarted worker asks for a hello in this way; the page's own listeners need not see it.
    container.addEventListener('message', (event) => {
      if (event.data?.[NAME] !== 'wake') return;
      event.stopImmediatePropagation();
      bridge.hello();
    });
    const begin = () => register(container, base).then(known, () => heard(false));
    if (settings?.start === 'early') begin();
    whenLoaded(() => {
      loaded = true;
      if (settings?.start !== 'early') begin();
      else if (!served) bridge.hello();
      watchLinks(bridge.ahead);
    });
  });
}

try {
  const script = document.currentScript;
  const address = script instanceof HTMLScriptElement && script.src !== '' ? script.src : location.origin;
  if (!Object.hasOwn(window, NAME)) run(new URL('.', address));
} catch {
  // For example a sandboxed frame, where the mere mention of `navigator.serviceWorker` throws.
}
