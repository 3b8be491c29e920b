//! The game from its first file to its last light: boot, title, passages, end.
//!
//! Address parameters, for attract modes and measurements: `auto` plays by itself, `passages=N` ends after N, `speed=N` lets time run faster, `fps=N`
//! draws less often, `mute` begins without sound. `window.loaded` is a promise for the moment at which the game can be played, also marked as
//! `playable` in the page's performance timeline; `window.game` tells how far the voyage is.
import { Display } from './display.js';
import { View } from './draw.js';
import { Helm } from './input.js';
import { Loader } from './loader.js';
import { pilot } from './pilot.js';
import { Sound } from './sound.js';
import { Store } from './store.js';
import { Voyage } from './voyage.js';

const asked = new URLSearchParams(location.search);
const AUTO = asked.has('auto');
const SPEED = Number(asked.get('speed') ?? 1);
const FRAME_MS = asked.has('fps') ? 1000 / Number(asked.get('fps')) : 0;

/** One step of the rules, in seconds; and the longest time that is caught up after a pause of the page, in seconds. */
const STEP = 1 / 60;
const CATCH_UP = 2;

/** How long a card stays when nobody is there to press its button, in milliseconds. */
const CARD_MS = 1500;

const display = new Display();
const view = new View(display.canvas);
const loader = new Loader();
const sound = new Sound();
const store = new Store(loader, sound);
const helm = new Helm((y) => view.toSea(y));

/** How far the voyage is, for whoever watches from outside. */
const progress = { playable: false, passage: -1, reach: 0, waited: 0, over: false, failed: '' };
const told = { progress, over: Promise.resolve() };
Object.assign(window, { game: told });

/** @type {(now: number) => void} */
let draw = () => {};

function frames() {
  let last = -Infinity;
  const frame = (/** @type {number} */ now) => {
    requestAnimationFrame(frame);
    if (now - last < FRAME_MS - 2) return;
    last = now;
    draw(now);
  };
  requestAnimationFrame(frame);
}

/** The title; over when the player wants to sail. */
async function title() {
  loader.onprogress = () => display.loading(loader.here / Math.max(loader.wanted, 40));
  const picture = await store.boot();
  loader.onprogress = () => {};
  draw = (now) => view.title(picture, now);
  progress.playable = true;
  performance.mark('playable');
}

/** Sails one passage; over when its light burns. @returns {Promise<number>} the oil gathered so far */
async function sail(/** @type {number} */ number, /** @type {number} */ oil) {
  const passage = await store.passage(number);
  await store.reach(passage, 0);
  const last = number + 1 === store.game.passages.length;
  const voyage = new Voyage(passage, store.game.reach, oil);
  Object.assign(progress, { passage: number, reach: 0 });
  const before = progress.waited;
  view.known(Object.values(passage.reaches[0].ready?.pictures ?? {}));
  voyage.happened = (what) => {
    sound.play(what === 'aground' ? 'splash' : what);
    if (what === 'aground') display.say('Aground! The tide lifts you off, for half of your oil.', 3000);
  };
  sound.stopLoop('tune');
  sound.loop('ground');
  loader.load(passage.tune, false).then((bytes) => {
    sound.take('tune', passage.tune, bytes);
    return sound.loop('tune');
  }, () => {});
  let reach = -1;
  /** Everything ahead: the next reach now, the one after it and the next passage when there is nothing better to do. */
  const ahead = () => {
    const fail = (/** @type {Error} */ error) => failed(error);
    if (reach + 1 < passage.reaches.length) store.reach(passage, reach + 1).catch(fail);
    if (reach + 2 < passage.reaches.length) store.reach(passage, reach + 2, false).catch(fail);
    else if (!last) store.passage(number + 1, false).then((next) => store.reach(next, 0, false)).catch(fail);
  };
  let then = performance.now();
  await new Promise((resolve) => {
    draw = (now) => {
      const time = Math.min(CATCH_UP, Math.max(0, now - then) / 1000) * SPEED;
      then = now;
      for (let left = time; left > 0 && !voyage.over; left -= STEP) voyage.step(STEP, AUTO ? pilot(voyage) : helm.steer(voyage.y));
      if (voyage.reach !== reach) {
        reach = voyage.reach;
        progress.reach = reach;
        ahead();
        sound.loop('weather', 0.25);
        sound.play(reach % 2 ? 'gull' : 'buoy', 0.25);
      }
      progress.waited = before + voyage.waited / SPEED;
      view.voyage(voyage, store.sprites, now);
      display.voyage(voyage);
      if (voyage.over) resolve(undefined);
    };
  });
  store.leave(passage);
  return voyage.oil;
}

/** A card that the player sends away. */
async function card(/** @type {string} */ heading, /** @type {string} */ story, /** @type {string} */ button) {
  const pressed = display.card(heading, story, button);
  await (AUTO ? Promise.race([pressed, new Promise((resolve) => setTimeout(resolve, CARD_MS / SPEED))]) : pressed);
  display.gone();
  sound.wake();
  sound.play('click');
}

function failed(/** @type {unknown} */ error) {
  progress.failed = String(error);
  display.say('Something could not be loaded. Load the page again to go on.', Infinity);
}

async function game() {
  const { passages } = store.game;
  const count = Math.min(passages.length, Number(asked.get('passages') ?? passages.length));
  await card('The Lamp Tender', 'Eight lights are dark in the outer isles. Take them oil before the winter fleet comes home.', 'Set sail');
  sound.play('horn', 0.4);
  let oil = 0;
  for (let number = 0; number < count; number++) {
    // The reading of a card is time for loading.
    const next = store.passage(number).then((passage) => store.reach(passage, 0).then(() => passage));
    const { story } = await next;
    if (number > 0) await card(passages[number].name, story, 'On we go');
    else display.say(story, 5000);
    oil = await sail(number, oil);
  }
  progress.over = true;
  if (AUTO && asked.has('passages')) return;
  await card('All lights burn', `You brought ${oil} measures of oil home through the isles. The fleet can come.`, 'Once more');
  location.reload();
}

if (asked.has('mute')) sound.mute(true);
display.onmute = () => {
  sound.mute(!sound.muted);
  sound.wake();
  return sound.muted;
};
display.muted(sound.muted);
frames();
const loaded = title();
Object.assign(window, { loaded });
told.over = loaded.then(game);
told.over.catch(failed);
