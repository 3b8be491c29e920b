// What the type checker cannot know about the page's globals.

/** The owner's settings; `build.mjs` puts the text that `publish` fills in its place. */
declare const __SWARMFETCH_PAGE__: { start?: "load" | "early" } | null;

interface Document {
  /** True while a speculation rule renders the page out of sight. Chromium only. */
  readonly prerendering?: boolean;
}

interface Window {
  /** Trusted Types. Not in every engine, and not in TypeScript's own list. */
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
  };
}
