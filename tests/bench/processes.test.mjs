//! The CPU time that measurements tell is what processes took.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { cpu, parse, used } from './processes.mjs';

describe('the CPU time of processes', { skip: existsSync('/proc/self/stat') ? false : 'no /proc here' }, () => {
  it('is read behind a name with brackets and spaces', () => {
    assert.deepEqual(parse('7 (a) b (c)) S 5 7 7 0 -1 4194560 100 0 0 0 31 11 900 900 20 0 1 0 1'), { parent: 5, ticks: 42 });
  });

  it('counts children, those that are new too, and none that are not ours', () => {
    assert.equal(used(new Map([[1, 2], [2, 9]]), new Map([[1, 3], [3, 4]])), 5);
  });

  it('is about what a child of a child says that it took', async () => {
    const busy = "const { cpuUsage } = process; while (cpuUsage().user < 3e5); console.log(cpuUsage().user + cpuUsage().system); process.stdin.resume()";
    const child = spawn('sh', ['-c', `"$0" -e '${busy}'; :`, process.execPath], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [said] = await once(/** @type {import('node:stream').Readable} */ (child.stdout), 'data');
    const all = cpu(/** @type {number} */ (child.pid));
    assert.equal(all.size, 2);
    const secs = used(new Map(), all);
    assert(secs > Number(said) / 1e6 - 0.1 && secs < Number(said) / 1e6 + 0.5, `${secs} s, and ${said} µs`);
    child.stdin?.end();
    await once(child, 'exit');
  });
});
