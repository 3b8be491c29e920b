//! The worker of this site: registering it, and knowing which one to talk to.

/**
 * Registers the worker of the script's folder. A site that has a worker of its own there keeps it: ours is then part of it by `importScripts`,
 * or not wanted.
 * @param {ServiceWorkerContainer} container
 * @param {URL} base the folder of the page script
 * @returns {Promise<ServiceWorkerRegistration>} rejected where the browser or the server will not have it
 */
export async function register(container, base) {
  const script = new URL('swarmfetch-sw.js', base).href;
  const standing = await container.getRegistration(base.href);
  if (standing !== undefined && workers(standing).some((worker) => worker.scriptURL !== script)) return standing;
  return container.register(trusted(script), { scope: base.pathname });
}

/**
 * Calls back with the worker to talk to, each time that it is another one; null when there is none any more.
 * @param {ServiceWorkerContainer} container
 * @param {(worker: ServiceWorker | null) => void} told
 * @returns {(registration: ServiceWorkerRegistration) => void} takes the registration when it is known
 */
export function followWorker(container, told) {
  /** @type {ServiceWorkerRegistration | undefined} */
  let registration;
  /** @type {ServiceWorker | null} */
  let current = null;

  const look = () => {
    const next = container.controller ?? registration?.active ?? null;
    const worker = next?.state === 'activated' ? next : null;
    for (const watched of [next, ...(registration ? workers(registration) : [])]) {
      watched?.addEventListener('statechange', look); // Adding the same listener twice does nothing.
    }
    if (worker === current || (worker === null && current?.state === 'activated')) return;
    current = worker;
    told(current);
  };

  container.addEventListener('controllerchange', look);
  look();
  return (known) => {
    registration = known;
    registration.addEventListener('updatefound', look);
    look();
  };
}

/** @param {ServiceWorkerRegistration} registration */
function workers({ installing, waiting, active }) {
  return [installing, waiting, active].filter((worker) => worker !== null);
}

/**
 * Under `require-trusted-types-for` an address must be made by a policy. A site that lists its policies lists `swarmfetch` too.
 * @param {string} script
 * @returns {string}
 */
function trusted(script) {
  try {
    const policy = window.trustedTypes?.createPolicy('swarmfetch', { createScriptURL: (url) => url });
    return policy ? policy.createScriptURL(script) : script;
  } catch {
    return script;
  }
}
