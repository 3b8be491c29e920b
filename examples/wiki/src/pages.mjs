//! Every page of the site but the drawn files: articles, categories, front page, the few pages of plain text.
import { overview } from './diagrams.mjs';
import { KINDS, layout } from './layout.mjs';
import * as prose from './prose.mjs';
import { Stream } from './random.mjs';
import { SEA_KM, point } from './world.mjs';

/** @typedef {import('./world.mjs').World} World */
/** @typedef {import('./world.mjs').Named} Named */

const { character, figure, link } = prose;

/** A picture with its size, so that the page does not jump. */
function picture(/** @type {string} */ src, /** @type {number} */ width, /** @type {number} */ height, /** @type {string} */ alt, caption = '') {
  const image = `<img src="${src}" width="${width}" height="${height}" alt="${alt}">`;
  return caption ? `<figure>${image}<figcaption>${caption}</figcaption></figure>` : image;
}

/** The box beside an article. @param {string} image @param {[string, string][]} rows */
function infobox(/** @type {string} */ title, image, rows) {
  return `<aside class="infobox"><h2>${title}</h2>${image}<dl>${rows.map(([k, v]) => `<dt>${k}</dt><dd>${v}</dd>`).join('')}</dl></aside>`;
}

/** First sentence of an article without its tags, for descriptions and the search index. */
function summary(/** @type {string} */ html) {
  return (/<p>([^]*?)(?:\n|<\/p>)/.exec(html)?.[1] ?? '').replace(/<[^>]+>/g, '').replace(/"/g, '&quot;');
}

/**
 * The articles, each with its address and summary.
 * @param {World} world
 */
export function articles(world) {
  const all = [];
  for (const island of world.islands) {
    const lights = world.lights.filter((l) => l.island === island).length;
    all.push(article(island, prose.aboutIsland(island, world), infobox(island.name, picture(`/images/islands/${island.slug}.png`, 640, 480, `Chart of ${island.name}`), [
      ['Length', `${figure(island.km, 1)} km`], ['Summit', `${island.summit} m`], ['People', figure(island.people)], ['In 1861', figure(island.once)], ['Rock', island.rock], ['Lights', String(lights)],
    ])));
  }
  for (const light of world.lights) {
    const rhythm = picture(`/images/lights/${light.slug}.svg`, 600, light.character.colour === 'WR' ? 128 : 88, `Rhythm of ${light.name}`, 'Two periods of the light, lit and dark.');
    all.push(article(light, `${prose.aboutLight(light, world)}\n<h2 id="rhythm">Rhythm</h2>\n${rhythm}`, infobox(light.name, picture(`/images/lights/${light.slug}.png`, 640, 400, `${light.name} from the sea`), [
      ['Character', `<span class="character">${character(light)}</span>`], ['Island', link(light.island)], ['First lit', String(light.built)], ['Engineer', light.engineer], ['Tower', `${light.tower} m, ${light.bands}`], ['Automatic since', String(light.automated)],
    ])));
  }
  for (const harbour of world.harbours) {
    const tide = picture(`/images/harbours/${harbour.slug}.svg`, 600, 216, `Tide at ${harbour.name}`, 'Height of tide in metres, springs drawn full and neaps broken.');
    all.push(article(harbour, `${prose.aboutHarbour(harbour, world)}\n<h2 id="curve">Tidal curve</h2>\n${tide}`, infobox(harbour.name, picture(`/images/harbours/${harbour.slug}.png`, 640, 400, `${harbour.name} from the roads`), [
      ['Island', link(harbour.island)], ['Side', point(harbour.bearing)], ['Alongside', `${figure(harbour.depth, 1)} m`], ['Pier', `${harbour.pier} m`], ['Springs', `${figure(harbour.springs, 1)} m`], ['Exposed to', harbour.exposed],
    ])));
  }
  for (const passage of world.passages) {
    const stream = picture(`/images/passages/${passage.slug}.svg`, 600, 220, `Stream in ${passage.name}`, 'Stream in knots against hours from high water; north-going above the line.');
    all.push(article(passage, `${prose.aboutPassage(passage, world)}\n<h2 id="curve">Stream over one tide</h2>\n${stream}`, infobox(passage.name, '', [
      ['Between', `${link(passage.a)} and ${link(passage.b)}`], ['Width', `${figure(passage.km, 1)} km`], ['Fairway', `${passage.depth} m`], ['Springs', `${figure(passage.rate, 1)} kn`],
    ])));
  }
  for (const wreck of world.wrecks) {
    all.push(article(wreck, prose.aboutWreck(wreck, world), infobox(wreck.name, picture(`/images/islands/${wreck.island.slug}.png`, 640, 480, `Chart of ${wreck.island.name}`), [
      ['Rig', wreck.rig], ['Tons', String(wreck.tons)], ['Of', link(wreck.home)], ['Lost', `${wreck.month} ${wreck.year}`], ['On', link(wreck.island)], ['Cargo', wreck.cargo], ['Saved', `${wreck.saved} of ${wreck.crew}`],
    ])));
  }
  for (const keeper of world.keepers) {
    const first = keeper.posts[0].light;
    all.push(article(keeper, prose.aboutKeeper(keeper), infobox(keeper.name, picture(`/images/lights/${first.slug}.png`, 640, 400, `${first.name}, the first post`), [
      ['Born', `${keeper.born}, ${link(keeper.birthplace)}`], ['Served', `${keeper.posts[0].from} to ${keeper.posts[keeper.posts.length - 1].to}`], ['Lights', String(keeper.posts.length)],
    ])));
  }
  return all;
}

/** @param {Named} subject */
function article(subject, /** @type {string} */ text, /** @type {string} */ box) {
  const kind = KINDS.find((k) => k.kind === subject.kind);
  const body = `<p class="crumb"><a href="/${subject.kind}/">${kind?.title}</a></p>\n<h1>${subject.name}</h1>\n${box}\n${text}`;
  return { path: `${subject.kind}/${subject.slug}.html`, subject, summary: summary(text), html: layout({ title: subject.name, description: summary(text), kind: subject.kind, body }) };
}

/**
 * The index page of one category: cards with pictures where there are any, a table otherwise.
 * @param {World} world
 */
export function category(world, /** @type {typeof KINDS[number]} */ { kind, title }) {
  const things = [...world[/** @type {keyof World} */ (kind)]].sort((a, b) => (a.name < b.name ? -1 : 1));
  const letters = new Map();
  for (const thing of things) letters.set(thing.name[0], [...(letters.get(thing.name[0]) ?? []), thing]);
  const lists = [...letters].map(([letter, group]) => `<section><h2 id="${letter}">${letter}</h2><ul>${group.map((/** @type {any} */ t) => `<li>${link(t)} <small>${note(t)}</small></li>`).join('\n')}</ul></section>`).join('\n');
  const intro = {
    islands: 'Forty-two islands, from Hallansay to the Hen, in a chain that runs from the south-west to the north-east.',
    lights: 'Every lighthouse of the islands, with its character as a light list prints it.',
    harbours: 'Where a boat may lie, and in which winds she should not.',
    passages: 'The waters between the islands and the streams that run through them.',
    wrecks: 'Ships lost among the islands since 1772, as far as the records go.',
    keepers: 'Men and women who kept the lights.',
  }[kind];
  const jump = [...letters.keys()].map((letter) => `<a href="#${letter}">${letter}</a>`).join(' ');
  return layout({ title, description: intro ?? '', kind, wide: true, body: `<h1>${title}</h1>\n<p class="lead">${intro}</p>\n<p class="jump">${jump}</p>\n<div class="columns">${lists}</div>` });
}

/** What stands behind a name in a list. */
function note(/** @type {any} */ thing) {
  if (thing.kind === 'islands') return thing.people > 0 ? `${figure(thing.people)} people` : 'nobody';
  if (thing.kind === 'lights') return character(thing);
  if (thing.kind === 'harbours') return thing.island.name;
  if (thing.kind === 'passages') return `${figure(thing.rate, 1)} kn`;
  if (thing.kind === 'wrecks') return String(thing.year);
  return `born ${thing.born}`;
}

/** @param {World} world */
export function frontPage(world) {
  const s = new Stream('front');
  const featured = s.shuffle(world.lights.slice(0, 60)).slice(0, 6);
  const cards = featured.map((l) => `<a class="card" href="/lights/${l.slug}.html">${picture(`/images/lights/${l.slug}.png`, 640, 400, '')}<b>${l.name}</b><span>${character(l)}</span></a>`).join('\n');
  const counts = KINDS.map((k) => `<li><a href="/${k.kind}/"><b>${world[/** @type {keyof World} */ (k.kind)].length}</b> ${k.title.toLowerCase()}</a></li>`).join('\n');
  return layout({
    title: 'Front page', description: 'A small encyclopaedia of an archipelago: its islands, lights, harbours and wrecks.', wide: true,
    body: `<div class="front"><div><h1>The Farrows Pilot</h1>
<p class="lead">A small encyclopaedia of an archipelago: its islands and harbours, the lights that mark them, the waters between, the ships that were lost and the people who kept watch.</p>
<ul class="counts">${counts}</ul>
<p>Begin with an island on the chart, with ${link([...world.lights].sort((a, b) => a.built - b.built)[0])}, the oldest of the lights, or with the passage that every pilot asks about, ${link([...world.passages].sort((a, b) => b.rate - a.rate)[0])}.</p>
<h2>Worth knowing</h2>
<ul class="odd">${prose.oddities(world).map((fact) => `<li>${fact}</li>`).join('\n')}</ul></div>
${overview(world.islands, SEA_KM)}</div>
<h2>Lights of the week</h2>
<div class="cards">${cards}</div>`,
  });
}

/** Pages of plain text, as pairs of path and HTML. @returns {[string, string][]} */
export function plainPages() {
  const page = (/** @type {string} */ title, /** @type {string} */ body) => layout({ title, description: title, body: `<h1>${title}</h1>\n${body}` });
  return [
    ['about/index.html', page('About this site', `<p>This site is an example. A script composed its articles from word lists and drew its charts, views and diagrams; it gives the same site every time. Nothing on it is copied from anywhere.</p>
<p>Its pages are shared among their readers: what one visitor's browser has loaded it can hand on to the next, checked against the owner's signature. The <a href="/desk/">harbour desk</a> is the exception. It stands under a private rule, and is always fetched from the server.</p>`)],
    ['about/reading-a-light.html', page('How to read a light', `<p>A light list describes each light in one line, such as <span class="character">Fl(3) W 20s 34m 18M</span>: three white flashes every twenty seconds, shown from 34 metres above high water, seen for 18 nautical miles in clear weather.</p>
<h2>Rhythm</h2><dl><dt>F</dt><dd>Fixed: always lit.</dd><dt>Fl</dt><dd>Flashing: the light is shorter than the dark.</dd><dt>LFl</dt><dd>Long flashing: each flash lasts at least two seconds.</dd><dt>Oc</dt><dd>Occulting: the dark is shorter than the light.</dd><dt>Iso</dt><dd>Isophase: light and dark are equal.</dd><dt>Q</dt><dd>Quick: at least fifty flashes a minute.</dd></dl>
<p>A figure in brackets gives the number of flashes in a group. The period is the time from the start of one group to the start of the next.</p>
<h2>Colour and range</h2><p>White is seen farthest. Where a light shows both white and red, the colours mark sectors: a ship that sees red stands into danger. The height of the light sets how far it can be seen over the curve of the sea; the strength of the lamp sets how far it can be seen at all. The list prints the smaller.</p>`)],
    ['about/springs-and-neaps.html', page('Springs and neaps', `<p>Twice a month, a day or two after new and full moon, sun and moon pull in one line and the tide rises highest and falls lowest: springs. Half-way between, near the quarters, they pull across each other and the range is least: neaps.</p>
<p>High water comes about fifty minutes later each day, since the moon goes on along her way while the earth turns. A harbour's <i>establishment</i>, the time of high water at full and change, is therefore all a pilot needs to begin with.</p>`)],
    ['search.html', page('Search', '<p>Type in the box above: the list below it fills as you write. Searching needs JavaScript.</p>')],
    ['desk/index.html', page('Harbour desk', '<p>This page stands under a private rule: it is never shared between visitors, and the swarm never sees that it was asked for.</p>')],
    ['404.html', page('Not on the chart', '<p>There is nothing at this address. Try the <a href="/islands/">islands</a>, the <a href="/lights/">lights</a>, or the search box.</p>')],
  ];
}
