//! The frame around every page: head, masthead, categories, foot. Content comes from pages.mjs.

/** Grows when wiki.css or search.js change, so that old copies in caches are not used with new pages. */
const STATIC_VERSION = 3;

/** The categories, in the order of the masthead. */
export const KINDS = [
  { kind: 'islands', title: 'Islands', one: 'Island' },
  { kind: 'lights', title: 'Lights', one: 'Light' },
  { kind: 'harbours', title: 'Harbours', one: 'Harbour' },
  { kind: 'passages', title: 'Passages', one: 'Passage' },
  { kind: 'wrecks', title: 'Wrecks', one: 'Wreck' },
  { kind: 'keepers', title: 'Keepers', one: 'Keeper' },
];

/**
 * A whole page.
 * @param {{title: string, description: string, kind?: string, body: string, wide?: boolean}} page
 */
export function layout({ title, description, kind, body, wide }) {
  const tabs = KINDS.map((k) => `<a href="/${k.kind}/"${k.kind === kind ? ' aria-current="true"' : ''}>${k.title}</a>`).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · The Farrows Pilot</title>
<meta name="description" content="${description}">
<link rel="icon" href="/images/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/wiki.css?v=${STATIC_VERSION}">
<script defer src="/search.js?v=${STATIC_VERSION}"></script>
<script async src="/swarmfetch.js"></script>
</head>
<body>
<header class="masthead">
<a class="brand" href="/">The Farrows Pilot</a>
<nav aria-label="Categories">
${tabs}
</nav>
<form class="search" role="search" action="/search.html">
<input type="search" name="q" placeholder="Search" aria-label="Search" autocomplete="off">
<ul class="hits" hidden></ul>
</form>
</header>
<main class="${wide ? 'wide' : 'article'}">
${body}
</main>
<footer>
<p>The Farrows do not exist: their islands, lights and people were composed by a program. <a href="/about/reading-a-light.html">How to read a light</a> is true. <a href="/about/">About this site</a>.</p>
</footer>
</body>
</html>
`;
}
