//! The synchronous decision: might this request be ours? Follows `manifest::rules`, which writes down what a glob means; both are tested against
//! `tests/vectors/rules/cases.json`.

/**
 * @typedef {object} Rule
 * @property {string} path a glob
 * @property {string | null} origin null is the site itself
 * @property {'none' | 'exact' | 'ignore'} query
 * @property {string[]} extensions empty: any
 */

/** @typedef {{ share: Rule[], private: string[] }} Rules */

/**
 * Makes the question for a site's rules.
 * @param {Rules} rules
 * @returns {(origin: string | null, path: string, query: boolean) => boolean}
 */
export function nominator(rules) {
  const denied = rules.private.map(matcher);
  const shared = rules.share.map((rule) => ({ ...rule, matches: matcher(rule.path) }));
  return (origin, path, query) =>
    !denied.some((matches) => matches(path)) &&
    shared.some(
      (rule) =>
        rule.origin === origin &&
        (!query || rule.query !== 'none') &&
        (rule.extensions.length === 0 || rule.extensions.includes(extension(path))) &&
        rule.matches(path),
    );
}

/**
 * An empty query is one too, and makes another URL of the path; `search` does not tell it from none.
 * @param {URL} url
 */
export function hasQuery(url) {
  return url.href.slice(0, url.href.length - url.hash.length).includes('?');
}

/** @param {string} path */
function extension(path) {
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (file === '') return '/';
  const dot = file.lastIndexOf('.');
  return dot < 0 ? '' : file.slice(dot + 1);
}

/**
 * @param {string} glob
 * @returns {(path: string) => boolean}
 */
function matcher(glob) {
  const pattern = glob.replace(/\*\*|[*?]|[^*?]+/g, (part) => {
    if (part === '**') return '[^]*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  const whole = new RegExp(`^${pattern}$`);
  return (path) => whole.test(path) || (path.endsWith('/') && whole.test(`${path}index.html`));
}
