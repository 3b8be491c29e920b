// What the type checker cannot know about the worker's globals.

/** Site, root key and rules; `build.mjs` puts the text that `publish` fills in its place. */
declare const __SWARMFETCH_SITE__: { site: string; root: string; floor: number; rules: import("./boot/nominate.js").Rules } | null;
/** The wasm as `ravel.mjs` writes it; `build.mjs` puts it in. */
declare const __SWARMFETCH_WASM__: string;
/** What reads it. */
declare const __SWARMFETCH_READER__: string;
