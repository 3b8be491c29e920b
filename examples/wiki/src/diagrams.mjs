//! Line diagrams as SVG files: the rhythm of a light, the tide of a harbour, the streams of a passage, the overview of all islands.
//! Each carries its own colours for light and dark, since an <img> does not inherit the page's.
import { relief, shore } from './chart.mjs';

const STYLE = `<style>text{font:12px system-ui,sans-serif;fill:#444}.axis{stroke:#999;stroke-width:1}.ink{stroke:#1d5f8a;fill:none;stroke-width:2}.soft{fill:#1d5f8a22}
@media(prefers-color-scheme:dark){text{fill:#bbb}.axis{stroke:#666}.ink{stroke:#6fb3dc}.soft{fill:#6fb3dc22}}</style>`;

/** A number with at most two decimals, as short as it goes. */
function n(/** @type {number} */ value) {
  return String(Math.round(value * 100) / 100);
}

function svg(/** @type {number} */ width, /** @type {number} */ height, /** @type {string} */ title, /** @type {string} */ body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"><title>${title}</title>${STYLE}${body}</svg>\n`;
}

/**
 * The seconds at which a light is lit within one period, as [from, to] pairs.
 * @param {import('./world.mjs').Character} c
 * @returns {[number, number][]}
 */
export function lit(c) {
  const each = (/** @type {number} */ start, /** @type {number} */ long) => /** @type {[number, number]} */ ([start, start + long]);
  if (c.rhythm === 'Iso') return [each(0, c.period / 2)];
  if (c.rhythm === 'Q') return [each(0, 0.35)];
  if (c.rhythm === 'LFl') return [each(0, 2)];
  const flashes = Array.from({ length: c.flashes }, (_, i) => each(i * 2, 0.5));
  if (c.rhythm === 'Fl') return flashes;
  // Occulting: lit but for as many short eclipses as the figure in brackets says.
  return flashes.map(([start], i) => each(start + 1, i + 1 < c.flashes ? start + 2 : c.period));
}

/**
 * One strip per colour over two periods.
 * @param {import('./world.mjs').Light} light
 */
export function drawRhythm({ name, character: c }) {
  const colours = { W: ['#f4c430'], R: ['#d0342c'], G: ['#2c9b4f'], WR: ['#f4c430', '#d0342c'] }[c.colour] ?? ['#f4c430'];
  const span = Math.max(8, c.period * 2), scale = 560 / span;
  let body = '';
  colours.forEach((colour, row) => {
    const y = 14 + row * 40;
    body += `<rect x="20" y="${y}" width="560" height="30" fill="#20242b"/>`;
    for (let at = 0; at < span; at += c.period) {
      for (const [from, to] of lit(c)) {
        const x0 = (at + from) * scale, x1 = Math.min(span, at + to) * scale;
        if (x1 > x0) body += `<rect x="${n(20 + x0)}" y="${y}" width="${n(x1 - x0)}" height="30" fill="${colour}"/>`;
      }
    }
  });
  const foot = 14 + colours.length * 40;
  const step = span > 30 ? 10 : span > 12 ? 5 : 1;
  for (let t = 0; t <= span; t += step) body += `<line class="axis" x1="${n(20 + t * scale)}" x2="${n(20 + t * scale)}" y1="${foot - 6}" y2="${foot}"/><text x="${n(20 + t * scale)}" y="${foot + 14}" text-anchor="middle">${t}</text>`;
  return svg(600, foot + 34, `Rhythm of ${name} over ${n(span)} seconds`, `${body}<text x="580" y="${foot + 30}" text-anchor="end">seconds</text>`);
}

/**
 * Height of tide over a day at springs and at neaps.
 * @param {import('./world.mjs').Harbour} harbour
 */
export function drawTide(harbour) {
  const mean = harbour.springs / 2 + 0.4;
  const curve = (/** @type {number} */ range) => Array.from({ length: 97 }, (_, i) => {
    const hour = i / 4;
    const height = mean + (range / 2) * Math.cos(((hour - harbour.interval) / 12.42) * 2 * Math.PI) + 0.06 * Math.sin((hour / 6.21) * 2 * Math.PI);
    return `${n(40 + hour * 22.5)},${n(190 - height * 32)}`;
  }).join(' ');
  let body = '';
  for (let metres = 0; metres <= 5; metres++) body += `<line class="axis" x1="40" x2="580" y1="${190 - metres * 32}" y2="${190 - metres * 32}" stroke-opacity=".4"/><text x="32" y="${194 - metres * 32}" text-anchor="end">${metres}</text>`;
  for (let hour = 0; hour <= 24; hour += 6) body += `<text x="${40 + hour * 22.5}" y="208" text-anchor="middle">${String(hour).padStart(2, '0')}:00</text>`;
  body += `<polygon class="soft" points="40,190 ${curve(harbour.springs)} 580,190"/><polyline class="ink" points="${curve(harbour.springs)}"/><polyline class="ink" stroke-dasharray="5 4" points="${curve(harbour.neaps)}"/>`;
  return svg(600, 216, `Tide at ${harbour.name}: springs drawn full, neaps broken`, body);
}

/**
 * Rate of the stream through a passage over one tide.
 * @param {import('./world.mjs').Passage} passage
 */
export function drawStream(passage) {
  const top = Math.ceil(passage.rate);
  const points = Array.from({ length: 61 }, (_, i) => `${n(40 + i * 9)},${n(105 - (passage.rate / top) * 85 * Math.sin(((i / 5 - passage.turns) / 12.42) * 2 * Math.PI))}`).join(' ');
  const ticks = [-6, -4, -2, 0, 2, 4, 6].map((h) => `<text x="${310 + h * 45}" y="212" text-anchor="middle">${h > 0 ? '+' : ''}${h} h</text>`).join('');
  return svg(600, 220, `Stream in ${passage.name}, in knots`, `<line class="axis" x1="40" x2="580" y1="105" y2="105"/><line class="axis" x1="310" x2="310" y1="15" y2="195" stroke-dasharray="2 4"/><text x="34" y="24" text-anchor="end">${top}</text><text x="34" y="109" text-anchor="end">0</text><text x="34" y="194" text-anchor="end">${top}</text>${ticks}<polyline class="ink" points="${points}"/>`);
}

/**
 * The whole archipelago with a link on each island, to stand inside the front page.
 * @param {import('./world.mjs').Island[]} islands
 * @param {{width: number, height: number}} sea
 */
export function overview(islands, sea) {
  const body = islands.map((island) => {
    const r = island.km * 0.62 + 0.4;
    const height = relief(island);
    const coast = Array.from({ length: 60 }, (_, i) => shore(height, i * 6));
    const shape = `<polygon points="${coast.map(({ u, v }) => `${n(island.x + u * r)},${n(island.y + v * r)}`).join(' ')}"/>`;
    const big = island.km > 4.5;
    return `<a href="/islands/${island.slug}.html"><title>${island.name}</title>${shape}${big ? `<text x="${n(island.x)}" y="${n(island.y + r + 3.4)}">${island.name}</text>` : ''}</a>`;
  }).join('\n');
  return `<svg class="overview" viewBox="0 0 ${sea.width} ${sea.height}" role="img" aria-label="Chart of the archipelago">\n${body}\n</svg>`;
}
