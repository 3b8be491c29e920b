//! What `publish` bakes into the script.

/** @type {{ site: string, root: string, floor: number, rules: import('./nominate.js').Rules } | null} */
export const site = __SWARMFETCH_SITE__;
