//! The lab's network: hosts in namespaces of their own, joined by the switch (`src/main.rs`), each behind its own router if it says so.
//!
//! Nothing of it is in the machine's own namespace but the switch's end of the TUN devices, so its addresses meet nobody's. Names carry this process's number,
//! so that runs do not meet. It is taken down by `close`, and at the latest when the process ends, by a signal or by itself; what a run left that was killed
//! outright, the next one removes.
//!
//! What a NAT does is Linux's own: it lets in only what answers something that went out to the same address and port (RFC 4787: address and port-dependent
//! filtering), as most home routers do. What it does with ports is the kind: `independent` keeps the port, whomever it is for, as long as nobody else has it
//! (endpoint-independent mapping); `symmetric` draws another for each destination.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PREFIX = 'swl';
const TUN = '/dev/net/tun';
/** How long the switch and the programs of a host may take to begin or to end, in ms. */
const PATIENCE_MS = 10_000;

/** What a NAT says of ports, in nftables' words. */
const MAPPING = { independent: 'masquerade', symmetric: 'masquerade random,fully-random' };

/** @typedef {keyof typeof MAPPING} Nat */

/**
 * A host to be made. What the line does holds for each direction: two hosts of 10 ms are 40 ms apart, there and back.
 * @typedef {object} Plan
 * @property {string} name some letters
 * @property {Nat} [nat] the kind of router it is behind; none, if it is not said: the host has its public address itself
 * @property {number} [delayMs]
 * @property {number} [jitterMs] at most so much more, drawn evenly
 * @property {number} [loss] from 0 to 1
 * @property {number} [upMbit] as fast as can be, if it is not said
 * @property {number} [downMbit]
 */

/**
 * A host.
 * @typedef {object} Host
 * @property {string} name
 * @property {string} namespace in which its programs run
 * @property {string} outside the namespace that its line ends in: its router's, if it has one
 * @property {string} address at which the others see it
 * @property {string[]} within the command that runs another one there
 */

/** The switch: `SWARMFETCH_LAB_SWITCH`, else the release build, else the debug one. */
function switchBinary() {
  const built = ['release', 'debug'].map((profile) => `${ROOT}target/${profile}/lab-switch`);
  return process.env.SWARMFETCH_LAB_SWITCH ?? built.find((file) => existsSync(file));
}

/** Why there can be no lab here, or false. @param {string[]} commands that are needed beside the lab's own @returns {string | false} */
export function reasonToSkip(commands = []) {
  if (process.platform !== 'linux') return 'the lab takes Linux: network namespaces and TUN devices';
  if (process.getuid?.() !== 0) return 'the lab takes root: it makes network namespaces';
  try {
    accessSync(TUN, constants.R_OK | constants.W_OK);
  } catch {
    return `the lab takes ${TUN}`;
  }
  for (const command of ['ip', 'nft', ...commands]) if (!isInstalled(command)) return `the lab takes the command ${command}`;
  if (!switchBinary()) return 'the lab takes its switch: cargo build --release -p swarmfetch-lab';
  // A container's root may do less.
  const probe = `${PREFIX}${process.pid}-probe`;
  try {
    run(['ip', 'netns', 'add', probe]);
    run(['ip', 'netns', 'exec', probe, 'nft', '-f', '-'], natRules('independent'));
    return false;
  } catch (error) {
    return `no network namespaces with NAT here: ${/** @type {Error} */ (error).message.trim().split('\n').at(-1)}`;
  } finally {
    remove([probe]);
  }
}

export class Network {
  /** @type {Map<string, Host>} */ hosts = new Map();
  /** @type {string[]} */ #namespaces = [];
  /** @type {import('node:child_process').ChildProcess[]} */ #children = [];
  /** What the switch said when it ended. @type {string[]} */ #said = [];
  #atExit = () => this.#remove();

  /** @param {Plan[]} plans */
  static async open(plans) {
    sweep();
    const network = new Network();
    process.once('exit', network.#atExit);
    for (const signal of SIGNALS) process.once(signal, end);
    try {
      await network.#start(plans);
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** @param {string} name @returns {Host} */
  host(name) {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`no host ${name}`);
    return host;
  }

  /** Starts a program at a host; it is ended with the network. @param {string} name @param {string[]} command @param {import('node:child_process').SpawnOptions} options */
  spawn(name, [command = '', ...args], options) {
    const [ip = '', ...within] = this.host(name).within;
    const child = spawn(ip, [...within, command, ...args], options);
    this.#children.push(child);
    return child;
  }

  /** What became of each host's packets: only after `close`. */
  get counts() {
    return this.#said;
  }

  /** What has left a host by its line so far, in bytes, headers of packets and all. @param {string} name @returns {number} */
  sentBytes(name) {
    const [line] = JSON.parse(run(['ip', '-n', this.host(name).outside, '-s', '-j', 'link', 'show', 'dev', 'wan']));
    return line.stats64.tx.bytes;
  }

  /** All that runs at a host stops, or goes on. @param {string} name @param {'SIGSTOP' | 'SIGCONT'} what */
  signal(name, what) {
    for (const pid of pidsIn(this.host(name).namespace)) process.kill(pid, what);
  }

  async close() {
    // The switch, which began first, ends last; it ends by itself.
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const ended = once(child, 'exit');
      if (child.stdin && child === this.#children.at(-1)) child.stdin.end();
      else child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await ended;
      clearTimeout(late);
    }
    this.#remove();
    process.off('exit', this.#atExit);
    for (const signal of SIGNALS) process.off(signal, end);
  }

  #remove() {
    for (const child of this.#children) child.kill('SIGKILL');
    remove(this.#namespaces);
    this.#namespaces = [];
  }

  /** @param {Plan[]} plans */
  async #start(plans) {
    const made = plans.map((plan, index) => ({ plan, device: `${PREFIX}${process.pid}-${index}`, address: `203.0.113.${10 + index}`, local: `192.168.${10 + index}` }));
    await this.#join(made);
    for (const { plan, device, address, local } of made) {
      const namespace = this.#add(plan.name);
      const outside = plan.nat ? this.#add(`${plan.name}-nat`) : namespace;
      run(['ip', 'link', 'set', 'dev', device, 'netns', outside, 'name', 'wan']);
      within(outside, `address add ${address}/32 dev wan\nlink set lo up\nlink set wan up\nroute add default dev wan`);
      if (plan.nat) {
        within(outside, `link add lan type veth peer name lan netns ${namespace}\naddress add ${local}.1/24 dev lan\nlink set lan up`);
        within(namespace, `address add ${local}.2/24 dev lan\nlink set lo up\nlink set lan up\nroute add default via ${local}.1`);
        run(['ip', 'netns', 'exec', outside, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
        run(['ip', 'netns', 'exec', outside, 'nft', '-f', '-'], natRules(plan.nat));
      }
      this.hosts.set(plan.name, { name: plan.name, namespace, outside, address, within: ['ip', 'netns', 'exec', namespace] });
    }
  }

  /** Starts the switch, and waits for its devices. @param {{ plan: Plan, device: string, address: string }[]} made */
  async #join(made) {
    const child = spawn(switchBinary() ?? '', { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => this.#said.push(line));
    const words = ({ delayMs = 0, jitterMs = 0, loss = 0, upMbit, downMbit } = /** @type {Plan} */ ({})) =>
      [`delay-ms=${delayMs}`, `jitter-ms=${jitterMs}`, `loss=${loss}`, upMbit && `up-mbit=${upMbit}`, downMbit && `down-mbit=${downMbit}`].filter(Boolean).join(' ');
    child.stdin.write(`${made.map(({ plan, device, address }) => `device=${device} address=${address} ${words(plan)}\n`).join('')}\n`);
    await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => Promise.reject(new Error('the switch ended')))]);
  }

  #add(/** @type {string} */ name) {
    const namespace = `${PREFIX}${process.pid}-${name}`;
    run(['ip', 'netns', 'add', namespace]);
    this.#namespaces.push(namespace);
    // The lab is IPv4: no link-local addresses among the candidates.
    run(['ip', 'netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1']);
    return namespace;
  }
}

/**
 * What a router does. What nobody asked for is dropped before it is remembered: older kernels take a peer's first packet for a conversation of the router's own,
 * and give the host's answer another port.
 * @param {Nat} kind
 */
function natRules(kind) {
  return `table ip nat {
  chain out { type nat hook postrouting priority srcnat; oifname "wan" ${MAPPING[kind]}; }
}
table ip filter {
  chain own { type filter hook input priority filter; policy accept; iifname "wan" ct state established,related accept; iifname "wan" drop; }
  chain through { type filter hook forward priority filter; policy accept; iifname "wan" ct state established,related accept; iifname "wan" drop; }
}
`;
}

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** Ends as the signal would, but with the `exit` that takes the network down. */
function end(/** @type {NodeJS.Signals} */ _, /** @type {number} */ number) {
  process.exit(128 + number);
}

/** @param {string[]} command @param {string} [input] */
function run([command = '', ...args], input = '') {
  return execFileSync(command, args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Commands of `ip`, a line each, in a namespace. */
function within(/** @type {string} */ namespace, /** @type {string} */ commands) {
  run(['ip', '-n', namespace, '-batch', '-'], `${commands}\n`);
}

function isInstalled(/** @type {string} */ command) {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => existsSync(`${folder}/${command}`));
}

/** What runs in a namespace. @param {string} namespace */
const pidsIn = (namespace) => run(['ip', 'netns', 'pids', namespace]).split('\n').filter(Boolean).map(Number);

/** Ends what runs in these namespaces, which is ours, and removes them, with their devices and their rules. @param {string[]} namespaces */
function remove(namespaces) {
  for (const namespace of namespaces) {
    try {
      for (const pid of pidsIn(namespace)) process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
    try {
      run(['ip', 'netns', 'delete', namespace]);
    } catch {
      // It was never made.
    }
  }
}

/** Removes what runs have left that were killed: their namespaces outlive them. */
function sweep() {
  const folder = '/run/netns';
  if (!existsSync(folder)) return;
  remove(readdirSync(folder).filter((name) => {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  }));
}
