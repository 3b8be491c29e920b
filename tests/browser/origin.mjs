//! The origin under test: `swarmfetch serve` on a free port, started and stopped by the tests and the demo.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How long the server may take to publish and listen, in milliseconds: Debian's Python pages take seconds in a debug build. */
const START_MS_MAX = 120_000;

/** The binary: `SWARMFETCH_BIN`, else the release build. @returns {string} */
export function binary() {
  const named = process.env.SWARMFETCH_BIN ?? join(ROOT, 'target/release/swarmfetch');
  if (!existsSync(named)) throw new Error(`${named} is missing: run "make build" first, or name another with SWARMFETCH_BIN`);
  return named;
}

/** A port that nobody listens on just now. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** The version that a head names. @param {string} head its file's text @returns {number} */
export function versionOf(head) {
  return Number(/^version (\d+)$/m.exec(Buffer.from(/^payload (.*)$/m.exec(head)?.[1] ?? '', 'base64').toString())?.[1]);
}

export class Origin {
  /** What the server has written, for a failing test's report. */
  output = '';

  /**
   * @param {import('node:child_process').ChildProcess} child
   * @param {number} port
   */
  constructor(child, port, /** @type {string} */ settings) {
    this.child = child;
    this.port = port;
    this.settings = settings;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (this.output = (this.output + chunk).slice(-200_000)));
  }

  /**
   * Starts the server and waits until it answers.
   * @param {string} folder
   * @param {{config?: string, port?: number, address?: string}} [options] `address`: where to listen, if not on the loopback interface alone
   */
  static async start(folder, { config, port, address = '127.0.0.1' } = {}) {
    const listen = port ?? (await freePort());
    // The development key of a site without a configuration stays in a folder of its own.
    const settings = mkdtempSync(join(tmpdir(), 'swarmfetch-settings-'));
    const child = spawn(binary(), ['serve', folder, ...(config ? ['--config', config] : []), '--listen', `${address}:${listen}`], {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: settings, HOME: settings },
    });
    const origin = new Origin(child, listen, settings);
    const ended = new Promise((resolve) => child.once('exit', (code) => resolve(`the server ended with ${code}`)).once('error', (error) => resolve(String(error))));
    const deadline = performance.now() + START_MS_MAX;
    for (;;) {
      // The line comes after the first publication; until then connections wait.
      if (origin.output.includes(`on http://127.0.0.1:${listen}/`)) return origin;
      const gone = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))]);
      if (gone || performance.now() > deadline) throw new Error(`${gone ?? 'the server did not listen in time'}\n${origin.output}`);
    }
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.settings, { recursive: true, force: true });
    return this.child.exitCode;
  }
}
