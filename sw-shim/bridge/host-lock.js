//! One tab of a site hosts: the one that holds a Web Lock.

/**
 * Asks for the lock. Without Web Locks every tab hosts: more links than needed, but links.
 * @param {string} name
 * @param {(held: boolean) => void} decided called at once when the lock is free or taken, and once more if it is had later
 * @returns {() => void} gives the lock back, or the wish for it
 */
export function holdHostLock(name, decided) {
  const wish = new AbortController();
  const given = new Promise((resolve) => wish.signal.addEventListener('abort', resolve));
  const hold = () => {
    if (!wish.signal.aborted) decided(true);
    return given;
  };
  const everyone = () => {
    if (!wish.signal.aborted) decided(true);
  };
  const ask = async () => {
    // A lock asked for in vain tells at once, so that the first hello need not guess.
    const taken = await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? hold() : 'taken'));
    if (taken !== 'taken' || wish.signal.aborted) return;
    decided(false);
    await navigator.locks.request(name, { signal: wish.signal }, hold);
  };
  ask().catch(everyone);
  return () => wish.abort();
}
