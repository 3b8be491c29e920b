//! Is the simulator sharp? Plants known defects in a copy of the core, one at a time, and sees each of them found.
//!
//! `node planted.mjs [WORLDS] [NAME ...]`: at most so many worlds for each, all defects or those whose names contain
//! one of these. All are built in at once and switched on by an environment variable: one build, and none of it ever
//! touches the tree itself.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFECTS } from './defects.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TREE = join(ROOT, 'target/planted');
/** Where its crates lie: not where the tree's do, or cargo takes one's for the other's in the folder for builds that both share. */
const CRATES = join(TREE, 'rooms');
/** What the simulator is made of. */
const ROOMS = ['content', 'manifest', 'wire', 'swarm', 'rendezvous', 'sim'];

const [, , worlds = '5000', ...names] = process.argv;

/** An expression that is true while the defect is on. @param {string} name */
const planted = (name) =>
  `{ static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new(); *ON.get_or_init(|| std::env::var("SWARMFETCH_PLANTED").is_ok_and(|it| it == ${JSON.stringify(name)})) }`;

/** Writes a file only if it is another: what is not touched is not built again. @param {string} path @param {string} text */
function write(path, text) {
  let before = null;
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    // It is not there yet.
  }
  if (before !== text) writeFileSync(path, text);
}

function plant() {
  mkdirSync(TREE, { recursive: true });
  rmSync(CRATES, { recursive: true, force: true });
  for (const room of ROOMS) cpSync(join(ROOT, 'crates', room), join(CRATES, room), { recursive: true, preserveTimestamps: true });
  for (const file of ['Cargo.lock', 'rust-toolchain.toml']) write(join(TREE, file), readFileSync(join(ROOT, file), 'utf8'));
  write(join(TREE, 'Cargo.toml'), readFileSync(join(ROOT, 'Cargo.toml'), 'utf8').replace(/^members = .*$/m, 'members = ["rooms/*"]').replaceAll('"crates/', '"rooms/'));
  for (const [name, edits] of Object.entries(DEFECTS)) {
    for (const { file, find, replace } of edits) {
      const path = join(CRATES, file);
      const text = readFileSync(path, 'utf8');
      const count = text.split(find).length - 1;
      assert.equal(count, 1, `${file}: ${JSON.stringify(find)} of the defect "${name}" stands there ${count} times; write it anew in tests/sim/defects.mjs`);
      writeFileSync(path, text.replace(find, () => replace.replaceAll('PLANTED', planted(name))));
    }
  }
  const env = { ...process.env, CARGO_TARGET_DIR: join(ROOT, 'target') };
  execFileSync('cargo', ['build', '--release', '--quiet', '--manifest-path', join(TREE, 'Cargo.toml'), '-p', 'swarmfetch-sim', '--example', 'worlds'], { env, stdio: 'inherit' });
}

/** @param {string} name @param {string} count */
function look(name, count) {
  const { status, stdout } = spawnSync(join(ROOT, 'target/release/examples/worlds'), [count], { env: { ...process.env, SWARMFETCH_PLANTED: name }, encoding: 'utf8' });
  return { found: status === 1, words: stdout.trim() };
}

plant();
const clean = look('none of them', '50');
assert(!clean.found, `without any defect: ${clean.words}`);
let missed = 0;
const chosen = Object.keys(DEFECTS).filter((name) => names.length === 0 || names.some((part) => name.includes(part)));
for (const name of chosen) {
  const { found, words } = look(name, worlds);
  missed += found ? 0 : 1;
  console.log(`${found ? 'found ' : 'MISSED'}  ${name.padEnd(46)} ${words}`);
}
console.log(`${chosen.length - missed} passed, ${missed} failed`);
process.exit(missed > 0 ? 1 : 0);
