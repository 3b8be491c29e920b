//! What the document has loaded already, so that the worker can take it from the browser's cache.

/** Addresses handed over; a browser's own list ends at 250 unless the page has raised it. */
const RESOURCES_MAX = 512;

/** @returns {string[]} addresses of this origin, each once, without fragments */
export const loadedResources = () => addresses(performance.getEntriesByType('resource'));

/**
 * Calls back with what is under way now, when it is here: it was asked for before there was a worker to see it.
 * @param {(resources: string[]) => void} told
 */
export function resourcesUnderWay(told) {
  const now = performance.now();
  new PerformanceObserver((list) => {
    const come = addresses(list.getEntries().filter(({ startTime }) => startTime < now));
    if (come.length > 0) told(come);
  }).observe({ type: 'resource' });
}

/** @param {PerformanceEntry[]} entries */
function addresses(entries) {
  const own = entries
    .map((entry) => entry.name.split('#', 1)[0] ?? '')
    .filter((address) => address.startsWith(`${location.origin}/`));
  return [...new Set(own)].slice(0, RESOURCES_MAX);
}
