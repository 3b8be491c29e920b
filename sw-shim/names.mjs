//! Names of properties that nothing outside one script reads: not the browser, not the other script, not what is stored, said to a tracker or given to a
//! page. `build.mjs` makes them short. Only these: a name that is not here stays as it is, so that a forgotten one costs some bytes and breaks nothing.
//! `tests/shim/names.test.mjs` compares them with what the browser and the others do read.

/** For each entry. @type {Record<string, string[]>} */
export const OURS = {
  'page.js': ['announce', 'follow', 'full', 'gone', 'greeted', 'greeting', 'heard', 'isOn', 'isOpen', 'later', 'post', 'pump', 'receive', 'unheard', 'wanted', 'welcomed'],
  'boot.js': [
    ...['ask', 'cacheBytes', 'client', 'fresh', 'freshness', 'isLate', 'keep', 'late', 'navigation', 'needs', 'nobody', 'outcome', 'passing', 'proof', 'reader'],
    ...['resulting', 'savings', 'stop', 'timer', 'trackers', 'uploadBytes', 'urgent'],
  ],
};
