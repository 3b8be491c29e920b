//! What the document has loaded already, so that the worker can take it from the browser's cache.

/** Addresses handed over; a browser's own list ends at 250 unless the page has raised it. */
const RESOURCES_MAX = 512;

/** @returns {string[]} addresses of this origin, each once, without fragments */
export function loadedResources() {
  const own = performance
    .getEntriesByType('resource')
    .map((entry) => entry.name.split('#', 1)[0] ?? '')
    .filter((address) => address.startsWith(`${location.origin}/`));
  return [...new Set(own)].slice(0, RESOURCES_MAX);
}
