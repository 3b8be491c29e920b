//! The moments of a page's life at which something may begin.

/** The longest wait for an idle moment, in ms: a busy page is not held up, and a hidden one has few. */
const IDLE_MS_MAX = 2_000;

/**
 * Calls back after the page's load event, when the browser has nothing better to do.
 * @param {() => void} begin
 */
export function whenLoaded(begin) {
  // Safari has no idle callback.
  const idle = () => ('requestIdleCallback' in window ? requestIdleCallback(begin, { timeout: IDLE_MS_MAX }) : setTimeout(begin, IDLE_MS_MAX));
  if (document.readyState === 'complete') idle();
  else addEventListener('load', idle, { once: true });
}

/** Did the visitor ask for the page once more? A hard reload goes past every worker, and the page with it. */
export function isReload() {
  const [navigation] = performance.getEntriesByType('navigation');
  return navigation instanceof PerformanceNavigationTiming && navigation.type === 'reload';
}

/**
 * Calls back as soon as somebody sees the page or could: one that is rendered ahead may never be shown.
 * @param {() => void} begin
 */
export function whenReal(begin) {
  if (document.prerendering) document.addEventListener('prerenderingchange', begin, { once: true });
  else begin();
}
