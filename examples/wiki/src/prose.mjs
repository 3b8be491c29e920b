//! Sentences about the facts of world.mjs. Each function answers with paragraphs of HTML; links are made here, pages in pages.mjs.
import { Stream } from './random.mjs';
import { distance, point } from './world.mjs';

/** A link to an article. */
export function link(/** @type {import('./world.mjs').Named} */ to, text = to.name) {
  return `<a href="/${to.kind}/${to.slug}.html">${text}</a>`;
}

/** "a, b and c". */
export function listed(/** @type {string[]} */ items) {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** A number with a thin gap between thousands. */
export function figure(/** @type {number} */ value, digits = 0) {
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** "a" or "an". */
function an(/** @type {string} */ word) {
  return /^[aeiou]|^8|^11|^18/i.test(word) ? `an ${word}` : `a ${word}`;
}

const RHYTHMS = { Fl: 'flashing', LFl: 'long flashing', Oc: 'occulting', Iso: 'isophase', Q: 'quick flashing' };
const COLOURS = { W: 'white', R: 'red', G: 'green', WR: 'white and red' };
const COUNT = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** The character as a light list prints it. */
export function character(/** @type {import('./world.mjs').Light} */ { character: c }) {
  const group = c.flashes > 1 ? `(${c.flashes})` : '';
  return `${c.rhythm}${group} ${c.colour}${c.rhythm === 'Q' ? '' : ` ${c.period}s`} ${c.height}m ${c.range}M`;
}

/** The character in words. */
function spoken(/** @type {import('./world.mjs').Character} */ c) {
  const group = c.flashes > 1 ? ` in groups of ${COUNT[c.flashes]}` : '';
  const every = c.rhythm === 'Q' ? 'about once a second' : `every ${c.period} seconds`;
  return `${RHYTHMS[/** @type {keyof typeof RHYTHMS} */ (c.rhythm)]} ${COLOURS[/** @type {keyof typeof COLOURS} */ (c.colour)]} light${group}, ${every}`;
}

/**
 * @param {import('./world.mjs').Island} island
 * @param {import('./world.mjs').World} world
 */
export function aboutIsland(island, world) {
  const s = new Stream(`prose ${island.name}`);
  const near = world.islands.filter((o) => o !== island).sort((a, b) => distance(a, island) - distance(b, island));
  const lights = world.lights.filter((l) => l.island === island), harbours = world.harbours.filter((h) => h.island === island);
  const wrecks = world.wrecks.filter((w) => w.island === island).sort((a, b) => a.year - b.year);
  const empty = island.people === 0;
  const lead = [
    `<b>${island.name}</b> is ${an(island.km > 8 ? 'large island' : island.km > 3 ? 'middling island' : 'small island')} of the Farrows, ${figure(island.km, 1)} km long and ${island.summit} m high, ${figure(distance(island, near[0]), 1)} km from ${link(near[0])} and ${figure(distance(island, near[1]), 1)} km from ${link(near[1])}.`,
    empty
      ? s.pick(['Nobody lives there now.', 'It has had no people since the last families asked to be taken off.', 'It is visited for the shearing and otherwise left to the birds.'])
      : s.pick([`At the last count ${figure(island.people)} people lived there.`, `Its ${figure(island.people)} people live mostly along the sheltered side.`, `It has ${figure(island.people)} people and, as they say, rather more opinions.`]),
  ];
  const ground = [
    `The island is made of ${island.rock}, ${island.look}.`,
    s.pick([`Its highest ground, ${island.summit} m above the sea, can be seen from ${link(s.pick(near.slice(0, 6)))} on any clear day.`, `The one real hill, of ${island.summit} m, makes its own cloud and is the weather glass of ${link(near[0])}.`, `From the top, at ${island.summit} m, one counts ${s.int(7, 30)} other islands.`]),
    `In early summer ${island.plant} covers ${s.pick(['the cliff tops', 'the old rigs', 'the north slope', 'everything the sheep cannot reach'])}, and ${listed(island.birds)} nest there.`,
  ];
  const life = island.once > 0
    ? [
        `In 1861 it had ${figure(island.once)} people, who lived by ${listed(island.trades)}.`,
        empty
          ? `The school closed in ${s.int(1919, 1958)} with ${COUNT[s.int(2, 7)]} pupils, and the last household left within ${s.int(2, 9)} years.`
          : s.pick([`Of these ${island.trades[0]} remains, and there is ${an(s.pick(['shop', 'hall', 'small museum', 'smithy with a café']))} by the pier.`, `The mail came by sail until ${s.int(1899, 1931)}; there has been a road from end to end since ${s.int(1921, 1962)}.`, `Electric light came in ${s.int(1937, 1974)}, and the first car a year before the road.`]),
      ]
    : [`It was never more than a summer grazing, with ${an(s.pick(['bothy', 'single house', 'turf shelter', 'sheepfold']))} above the landing.`, `Boats went over from ${link(near[0])} for ${island.trades[0]} and came back the same day if they could.`];
  const sea = [];
  if (lights.length > 0) sea.push(`It carries ${lights.length === 1 ? 'one light' : `${COUNT[lights.length]} lights`}: ${listed(lights.map((l) => link(l)))}.`);
  if (harbours.length > 0) sea.push(`Boats lie at ${listed(harbours.map((h) => link(h)))}.`);
  else sea.push(s.pick(['There is no harbour; a landing can be made on the lee side after three quiet days.', 'Landing is by a ladder and a good sense of time.']));
  if (wrecks.length > 0) sea.push(`Ships lost on its shore include ${listed(wrecks.slice(0, 6).map((w) => `the ${link(w)} (${w.year})`))}.`);
  return sections([['', lead], ['Ground and wildlife', ground], ['People', life], ['The sea around it', sea]]);
}

/**
 * @param {import('./world.mjs').Light} light
 * @param {import('./world.mjs').World} world
 */
export function aboutLight(light, world) {
  const s = new Stream(`prose ${light.name}`);
  const { island } = light;
  const kept = world.keepers.filter((k) => k.posts.some((p) => p.light === light));
  const prompted = world.wrecks.filter((w) => w.before === light).sort((a, b) => b.year - a.year)[0];
  const others = world.lights.filter((l) => l !== light).sort((a, b) => distance(a.island, island) - distance(b.island, island)).slice(0, 3);
  const lead = [
    `<b>${light.name}</b> is a lighthouse on the ${point(light.bearing)} side of ${link(island)}, first lit in ${light.built}.`,
    `It shows a ${spoken(light.character)}, from ${light.character.height} m above high water, and is seen for ${light.character.range} nautical miles.`,
  ];
  const building = [
    prompted
      ? `It was asked for after the loss of the ${link(prompted)} in ${prompted.year}, within sight of the place where it stands.`
      : s.pick([`Shipmasters of ${link(s.pick(world.harbours))} had petitioned for a light here since ${light.built - s.int(6, 30)}.`, `The tower follows a coal fire kept on the same spot by the tenants of ${link(island)}.`, 'It was the cheapest tower of its year and has given the least trouble since.']),
    `The engineer was ${light.engineer}. The tower is ${light.tower} m high, of ${light.material}, ${light.bands === 'natural stone' ? 'and left unpainted because paint would not hold' : `and painted ${light.bands}`}; ${light.steps} steps lead to the lantern.`,
    s.pick([`Stone was landed at ${link(s.pick(world.harbours.filter((h) => h.island === island).concat(world.harbours)))} and carried over by sledge.`, `The work took ${COUNT[s.int(2, 5)]} summers; in one of them the sea took the crane.`, `All of it came by sea in ${COUNT[s.int(2, 9)]} cargoes.`, 'The masons lived on the rock in a barrack on legs, and disliked it.']),
  ];
  const apparatus = [
    `The first apparatus was ${s.pick(['a chandelier of oil lamps', 'twelve Argand lamps', 'a single four-wick lamp', 'a paraffin burner'])}; since ${Math.min(light.automated - 5, light.built + s.int(15, 60))} it has been ${light.optic}.`,
    s.pick([`A fog signal sounded here until ${s.int(1988, 2005)}.`, 'There was never a fog signal, the people of the island having objected in good time.', `The fog bell of ${light.built + s.int(3, 20)} now stands in the hall.`]),
    `The light has run without keepers since ${light.automated}.`,
  ];
  const keepers = kept.length > 0
    ? [`Keepers here included ${listed(kept.slice(0, 8).map((k) => { const p = k.posts.find((q) => q.light === light); return `${link(k)} (${p?.from} to ${p?.to})`; }))}.`, s.pick(['Their log survives and is mostly about paint.', 'The garden wall is theirs, as are the rhubarb and the rats.', 'Relief came every fourth week, wind and sea permitting.'])]
    : ['No list of its keepers survives.'];
  const near = [`The nearest other lights are ${listed(others.map((l) => `${link(l)} (${character(l)})`))}. A ship that sees two of them knows where she is; a ship that sees all three is too close.`];
  return sections([['', lead], ['Building', building], ['Apparatus', apparatus], ['Keepers', keepers], ['Lights nearby', near]]);
}

/**
 * @param {import('./world.mjs').Harbour} harbour
 * @param {import('./world.mjs').World} world
 */
export function aboutHarbour(harbour, world) {
  const s = new Stream(`prose ${harbour.name}`);
  const { island } = harbour;
  const others = world.harbours.filter((h) => h !== harbour).sort((a, b) => distance(a.island, island) - distance(b.island, island)).slice(0, 3);
  const lost = world.wrecks.filter((w) => w.home === harbour);
  const lead = [
    `<b>${harbour.name}</b> lies on the ${point(harbour.bearing)} side of ${link(island)}.`,
    `Shelter is ${harbour.shelter}; the exposed quarter is the ${harbour.exposed}. The least depth alongside is ${figure(harbour.depth, 1)} m.`,
  ];
  const approach = [
    s.pick([`Keep the kirk open of the pier head until the water shoals, then steer for the slip.`, `Come in on the flood and with the ${point((harbour.bearing + 180) % 360)} shore close aboard.`, `The bar breaks at low water; wait outside for half flood.`, 'The entrance is plain by day and should not be tried by night without having seen it by day.']),
    `The pier is ${harbour.pier} m long, ${s.pick(['built of dressed stone', 'a rough breakwater with a later concrete cap', 'timber on iron piles', 'half quay and half beach'])}, from ${s.int(1794, 1932)}.`,
    s.pick(['Anchor in sand over clay, good holding.', 'The bottom is weed over rock; bring more chain than seems polite.', 'Visitors lie outside the local boats and move when asked.']),
  ];
  const tides = [
    `The tide rises ${figure(harbour.springs, 1)} m at springs and ${figure(harbour.neaps, 1)} m at neaps. High water at full and change comes at about ${String(Math.floor(harbour.interval)).padStart(2, '0')}:${String(Math.floor((harbour.interval % 1) * 60)).padStart(2, '0')}.`,
  ];
  const trade = [
    s.pick([`In ${s.int(1870, 1911)} some ${s.int(20, 240)} boats fished from here in the season.`, `The harbour shipped ${s.pick(['kelp', 'herring', 'flagstones', 'lambs', 'whelks', 'ponies'])} until ${s.int(1890, 1951)}.`, 'It lives by the ferry, and by the arguments about the ferry.']),
    lost.length > 0 ? `Ships that belonged here and were lost among the islands: ${listed(lost.slice(0, 5).map((w) => `the ${link(w)} (${w.year})`))}.` : 'No ship of this harbour is known to have been lost among the islands, a thing not to be said aloud on the pier.',
  ];
  return sections([['', lead], ['Approach and mooring', approach], ['Tides', tides], ['Trade', trade], ['Other harbours', [`The nearest alternatives are ${listed(others.map((h) => `${link(h)} on ${link(h.island)}`))}.`]]]);
}

/**
 * @param {import('./world.mjs').Wreck} wreck
 * @param {import('./world.mjs').World} world
 */
export function aboutWreck(wreck, world) {
  const s = new Stream(`prose ${wreck.name}`);
  const lost = wreck.crew - wreck.saved;
  const light = world.lights.filter((l) => l.island === wreck.island && l.built <= wreck.year)[0];
  const lead = [
    `The <b>${wreck.name}</b> was ${an(wreck.rig)} of ${wreck.tons} tons, of ${link(wreck.home)}, lost on ${link(wreck.island)} in ${wreck.month} ${wreck.year} with a cargo of ${wreck.cargo}.`,
    lost === 0 ? `All ${wreck.crew} aboard were saved.` : wreck.saved === 0 ? `None of the ${wreck.crew} aboard was saved.` : `Of ${wreck.crew} aboard ${wreck.saved} were saved.`,
  ];
  const loss = [
    `She was ${s.pick(['three days', 'a week', 'nineteen hours', 'two tides', 'a fortnight'])} out and in company with the ${link(s.pick(world.wrecks.filter((w) => w !== wreck)))}'s owners' other vessel when ${s.pick(['the master lost sight of the land', 'the wind backed', 'the glass fell further than he had ever seen it', 'the lead found no bottom, and then found it'])}.`,
    `The inquiry gave the cause as ${wreck.cause}.`,
    light ? `${link(light)} was lit at the time; ${s.pick(['the keeper saw her lights and then did not', 'her mate took it for another', 'snow hid it until she was among the breakers'])}.` : s.pick(['There was then no light on that shore.', 'The nearest light was hidden by the land.']),
    wreck.before ? `Her loss is the reason given in the petition for ${link(wreck.before)}.` : '',
  ].filter(Boolean);
  const after = [
    s.pick([`What came ashore was sold on the beach for ${s.int(11, 190)} pounds.`, `Her timbers roof ${COUNT[s.int(2, 5)]} barns on ${link(wreck.island)}.`, 'Her bell hangs in the school.', `Her figurehead stood at ${link(wreck.home)} until it was found to be hollow, and full of tobacco.`]),
    `She lies in ${wreck.depth} m, ${s.pick(['broken up', 'upright to the deck', 'scattered over a hundred metres of kelp', 'under sand in most years'])}, and divers ${s.pick(['know the place well', 'have found only her anchor', 'are asked to leave her as she is'])}.`,
  ];
  return sections([['', lead], ['The loss', loss], ['Afterwards', after]]);
}

const HABITS = [
  'kept a record of birds that is still consulted', 'played the fiddle, to the gratitude of some', 'taught three assistants to read', 'grew potatoes where none had grown before',
  'wrote to the newspapers about rainfall', 'built model ships out of driftwood', 'was never once late in lighting up', 'is remembered for a very long quarrel about hens',
  'knew every boat by the sound of her engine', 'saved two men with a line and a kite', 'repaired clocks for four islands', 'left a diary in which the weather is the chief person',
];

/** @param {import('./world.mjs').Keeper} keeper */
export function aboutKeeper(keeper) {
  const s = new Stream(`prose ${keeper.name}`);
  const last = keeper.posts[keeper.posts.length - 1];
  const lead = [`<b>${keeper.name}</b> (born ${keeper.born} on ${link(keeper.birthplace)}) kept lights in the Farrows from ${keeper.posts[0].from} to ${last.to}.`, `${keeper.name.split(' ')[0]} ${HABITS[keeper.habit % HABITS.length]}.`];
  const service = keeper.posts.map((p) => `From ${p.from} to ${p.to} ${p.rank} at ${link(p.light)} on ${link(p.light.island)}, ${s.pick(['in good health', 'with one leave of absence', `through ${s.int(2, 9)} storms named in the log`, 'without remark', 'to the satisfaction of the inspector', 'alone for eleven days of one January'])}.`);
  const later = [s.pick([`After leaving the service ${keeper.name.split(' ')[1]} kept a shop on ${link(keeper.birthplace)}.`, `The pension was paid at ${link(last.light.island)} until ${last.to + s.int(4, 28)}.`, 'Of the years afterwards nothing is known.', `A grandchild was the last assistant at ${link(last.light)}.`])];
  return sections([['', lead], ['Service', service], ['Later life', later]]);
}

/**
 * @param {import('./world.mjs').Passage} passage
 * @param {import('./world.mjs').World} world
 */
export function aboutPassage(passage, world) {
  const s = new Stream(`prose ${passage.name}`);
  const lights = world.lights.filter((l) => l.island === passage.a || l.island === passage.b);
  const fast = passage.rate > 5;
  const lead = [`<b>${passage.name}</b> is the water between ${link(passage.a)} and ${link(passage.b)}, ${figure(passage.km, 1)} km across at its narrowest and ${passage.depth} m deep in the fairway.`, `The stream reaches ${figure(passage.rate, 1)} knots at springs${fast ? ' and is not to be taken lightly' : ''}.`];
  const streams = [
    `The north-going stream begins about ${figure(Math.abs(passage.turns), 1)} hours ${passage.turns < 0 ? 'before' : 'after'} high water at ${link(world.harbours[0])}, the south-going six hours later.`,
    fast ? s.pick(['With wind against it a breaking sea runs right across, and has turned back steamers.', 'Overfalls stand off both points on the ebb; there is a quiet lane close under the western shore.', 'Pass at slack water, which lasts about as long as it takes to say so.']) : s.pick(['It can be sailed on any tide in fair weather.', 'Eddies along both shores help a boat that has missed her tide.', 'The ferry crosses it in all but the worst of winter.']),
  ];
  const marks = [lights.length > 0 ? `By night it is marked by ${listed(lights.slice(0, 5).map((l) => `${link(l)} (${character(l)})`))}.` : 'It is unlit.', s.pick([`A rock that dries ${figure(s.between(0.3, 2.4), 1)} m lies in the middle and is called ${s.pick(['the Miller', 'the Old Wife', 'the Clerk', 'the Debt'])}.`, 'There are no dangers in the fairway.', 'The shoal on the eastern side has moved twice since it was surveyed.'])];
  return sections([['', lead], ['Streams', streams], ['Marks and dangers', marks]]);
}

/**
 * A few things worth knowing, for the front page.
 * @param {import('./world.mjs').World} world
 * @returns {string[]}
 */
export function oddities(world) {
  const top = (/** @type {any[]} */ list, /** @type {(thing: any) => number} */ by) => [...list].sort((a, b) => by(b) - by(a))[0];
  const tall = top(world.lights, (l) => l.tower), fast = top(world.passages, (p) => p.rate), shallow = top(world.harbours, (h) => -h.depth);
  const emptied = top(world.islands, (i) => (i.people === 0 ? i.once : 0)), early = top(world.wrecks, (w) => -w.year), long = top(world.keepers, (k) => k.posts[k.posts.length - 1].to - k.posts[0].from);
  return [
    `The tallest tower is that of ${link(tall)}, ${tall.tower} m and ${tall.steps} steps.`,
    `The stream in ${link(fast)} runs at ${figure(fast.rate, 1)} knots, faster than most boats that meet it.`,
    `${link(emptied)} had ${figure(emptied.once)} people in 1861 and has none now.`,
    `At ${link(shallow)} there are ${figure(shallow.depth, 1)} m alongside at the lowest tides, and children catch crabs where ships once lay.`,
    `The first loss on record is that of the ${link(early)}, ${early.month} ${early.year}.`,
    `${link(long)} kept lights for ${long.posts[long.posts.length - 1].to - long.posts[0].from} years, longer than anyone.`,
  ];
}

/** Paragraphs under headings; the first heading may be empty. @param {[string, string[]][]} parts */
function sections(parts) {
  return parts.map(([title, sentences]) => `${title ? `<h2 id="${title.toLowerCase().replace(/[^a-z]+/g, '-')}">${title}</h2>\n` : ''}<p>${sentences.join('\n')}</p>`).join('\n');
}
