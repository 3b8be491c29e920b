//! What a browser's processes have cost so far: CPU time by process, as Linux counts it in /proc.
//!
//! A browser is a family: broker, zygotes, renderers, network, storage. All that descend from the first process count, those that it starts meanwhile too.
//! Not what a process did that ended in between. Called by measurements that tell CPU time.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks in a second, the unit of /proc. */
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** CPU time of processes, in seconds, by their ids. @typedef {Map<number, number>} Cpu */

/**
 * One line of /proc/PID/stat (proc(5)): its parent, and user and system time in ticks.
 * @param {string} line
 */
export function parse(line) {
  // The name stands in brackets and may have brackets and spaces itself.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  return { parent: parent ?? NaN, ticks: (user ?? NaN) + (system ?? NaN) };
}

/** What a process and all its descendants have used. @param {number} root @returns {Cpu} */
export function cpu(root) {
  /** @type {Map<number, ReturnType<typeof parse>>} */
  const all = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      all.set(Number(name), parse(readFileSync(`/proc/${name}/stat`, 'latin1')));
    } catch {
      // It has ended.
    }
  }
  const ours = new Map([[root, all.get(root)]]);
  // A set grows while it is walked through: children are met after their parents.
  for (const [parent] of ours) for (const [id, process] of all) if (process.parent === parent) ours.set(id, process);
  return new Map([...ours].map(([id, process]) => [id, (process?.ticks ?? NaN) / TICKS]));
}

/** What was used between two moments, in seconds. @param {Cpu} before @param {Cpu} after */
export function used(before, after) {
  return [...after].reduce((sum, [id, secs]) => sum + secs - (before.get(id) ?? 0), 0);
}

/** The first process of a browser. @param {import('playwright-core').Browser} browser @returns {Promise<number>} */
export async function rootOf(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const found = processInfo.find(({ type }) => type === 'browser');
  if (!found) throw new Error('the browser does not name its first process');
  return found.id;
}
