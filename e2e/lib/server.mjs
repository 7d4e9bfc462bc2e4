// The executable under test, as a process of its own with its own data folder and port.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until } from './until.mjs';

/** Most of the log that is shown when a test fails, in characters. */
const LOG_SHOWN = 8_000;
/** What toolchains prepare once, which takes minutes: for all servers of all runs, whatever their data. */
const PREPARED = new URL('../node_modules/.cache/codecrafter', import.meta.url).pathname;
/** Where it listens: in its log and, if people come by that address, in what it prints. */
const ADDRESS = /"address":"127.0.0.1:(\d+)"|is ready: http:[^ ]*:(\d+)/;
/** How long a start may take, in ms; a first one on a busy machine looks for every toolchain. */
const START = 30_000;

/** All that were started, for what must be done at the end of the process. */
const started = [];

export class Server {
  #child = null;
  #port = 0;
  #host = '127.0.0.1';
  #env;
  #log = '';

  /** Starts the executable of `CODECRAFTER_BIN` and waits until it is ready. */
  static async start(env = {}, dataDir = mkdtempSync(join(tmpdir(), 'codecrafter-e2e-'))) {
    const server = new Server(env, dataDir);
    started.push(server);
    await server.restart();
    return server;
  }

  /** Starts it for people who come by `http://localhost` and its port, which browsers take for secure. */
  static async startLocal(env = {}) {
    const server = new Server(env, mkdtempSync(join(tmpdir(), 'codecrafter-e2e-')));
    started.push(server);
    server.#port = await freePort();
    server.#host = 'localhost';
    server.#env = { ...server.#env, CODECRAFTER_PUBLIC_URL: server.url };
    await server.restart();
    return server;
  }

  constructor(env, dataDir) {
    // Many accounts from one address are what tests are; their limits have a test of their own.
    this.#env = { CODECRAFTER_RATE_LIMITS: 'off', ...env };
    this.dataDir = dataDir;
    mkdirSync(PREPARED, { recursive: true });
    symlinkSync(PREPARED, join(this.dataDir, 'cache'));
  }

  get url() {
    return `http://${this.#host}:${this.#port}`;
  }

  /** Where the API's WebSockets are. */
  get sockets() {
    return `ws://127.0.0.1:${this.#port}/api/v1`;
  }

  get pid() {
    return this.#child?.pid;
  }

  get log() {
    return this.#log;
  }

  get alive() {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it, again on the same data and port if it ran before. */
  async restart() {
    const listen = `127.0.0.1:${this.#port}`;
    const from = this.#log.length;
    const args = ['serve', '--listen', listen, '--data-dir', this.dataDir];
    const child = spawn(executable(), args, { env: environment(this.#env), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.on('error', (error) => (this.#log += `${error}\n`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.#log += text));
    }
    await until(
      () => {
        if (child.exitCode !== null || child.pid === undefined) return 'ended';
        const port = ADDRESS.exec(this.#log.slice(from))?.slice(1).find(Boolean);
        if (port) this.#port = Number(port);
        return port && ready(this.url);
      },
      `the server is ready. Its log:\n${this.#log.slice(-LOG_SHOWN)}`,
      START,
    );
    if (!this.alive) throw new Error(`the server did not start. Its log:\n${this.#log.slice(-LOG_SHOWN)}`);
  }

  /** Ends it at once, as a crash would. */
  async kill() {
    await this.#end('SIGKILL');
  }

  /** Ends it in order; gives its exit code. */
  interrupt() {
    return this.#end('SIGTERM');
  }

  /** Ends it in order, and forgets its data. */
  async stop() {
    await this.interrupt();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Runs the command line on the same data; gives what it prints. */
  command(...args) {
    const { status, stdout, stderr } = this.tryCommand(args);
    if (status !== 0) throw new Error(`codecrafter ${args.join(' ')}: ${status} ${stderr}`);
    return stdout;
  }

  /** Like `command`, whatever comes of it, and with something on standard input. */
  tryCommand(args, input = '') {
    const options = { env: environment(this.#env), input, encoding: 'utf8' };
    return spawnSync(executable(), [...args, '--data-dir', this.dataDir], options);
  }

  /** The metrics' current text. */
  async metrics() {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  async #end(signal) {
    const child = this.#child;
    if (!this.alive) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = await exit;
    return code;
  }

  /** For when the test process ends before its servers do. */
  abandon(failed) {
    if (failed) process.stderr.write(`--- log of ${this.url} ---\n${this.#log.slice(-LOG_SHOWN)}\n---\n`);
    if (this.alive) this.#child.kill('SIGKILL');
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function executable() {
  const path = process.env.CODECRAFTER_BIN;
  if (!path) throw new Error('CODECRAFTER_BIN must name the executable; script/test sets it');
  return path;
}

/** A port of this machine that nobody listens on just now. */
export async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

/** What is set for the person who runs the tests must not change what is tested. */
function environment(own) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('CODECRAFTER_') || name === 'CODECRAFTER_TOOLCHAIN_PATH',
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...own };
}

async function ready(url) {
  const response = await fetch(`${url}/readyz`);
  await response.arrayBuffer();
  return response.ok;
}

process.on('exit', (code) => {
  for (const server of started) server.abandon(code !== 0);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
