//! Which links a visitor may follow next: those in view, and those under the mouse, a finger or the focus.

/** How long links have to be in view together, in ms: who scrolls past does not read. */
const VIEW_MS = 300;
/** How long the mouse has to rest on one, in ms. */
const REST_MS = 50;
/** Links that are watched. */
const LINKS_MAX = 1_000;

/**
 * Calls back with addresses; `soon`: the link is about to be followed.
 * @param {(urls: string[], soon: boolean) => void} told
 */
export function watchLinks(told) {
  if (typeof IntersectionObserver !== 'function') return;
  const here = address(location.href);
  /** The addresses that were told of; those about to be followed as `soon`. @type {Map<string, boolean>} */
  const known = new Map();
  /** @param {Iterable<Element>} links @param {boolean} soon */
  const tell = (links, soon) => {
    const urls = new Set();
    for (const link of links) {
      const { href, origin, download } = /** @type {HTMLAnchorElement} */ (link);
      const url = address(href);
      if (origin !== location.origin || download || url === here || known.get(url) || known.get(url) === soon) continue;
      known.set(url, soon);
      urls.add(url);
    }
    if (urls.size > 0) told([...urls], soon);
  };

  /** @type {Set<Element>} */
  const inView = new Set();
  let timer = 0;
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) inView[isIntersecting ? 'add' : 'delete'](target);
    clearTimeout(timer);
    timer = setTimeout(() => document.hidden || tell(inView, false), VIEW_MS);
  });
  for (const link of [...document.links].slice(0, LINKS_MAX)) watch.observe(link);

  let rest = 0;
  /** @param {Event} event */
  const pointed = ({ type, target }) => {
    clearTimeout(rest);
    const link = target instanceof Element && target.closest('a[href]');
    if (link) rest = setTimeout(tell, type === 'pointerover' ? REST_MS : 0, [link], true);
  };
  for (const type of ['pointerover', 'pointerdown', 'focusin']) document.addEventListener(type, pointed, { passive: true });
}

/** @param {string} href */
const address = (href) => href.split('#', 1)[0] ?? '';
