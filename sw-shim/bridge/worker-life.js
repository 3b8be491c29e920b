//! Noticing at once that a worker has died. A port does not tell (Chromium 156 fires no `close` on it), but a lock that the worker holds is
//! given on when it dies, within milliseconds.

/**
 * @param {string} lock what the worker named in its welcome, held as long as it lives
 * @param {() => void} died
 * @returns {() => void} ends the watch
 */
export function watchWorkerLife(lock, died) {
  const watch = new AbortController();
  const { signal } = watch;
  const had = () => {
    if (!signal.aborted) died();
  };
  // Shared, so that every page of the site can wait for it. Without Web Locks only missing acknowledgements tell.
  navigator.locks?.request(lock, { mode: 'shared', signal }, had).catch(() => {});
  return () => watch.abort();
}
