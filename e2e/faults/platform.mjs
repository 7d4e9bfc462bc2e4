// Two nodes of the API and two workers on one database, one Redis and one RabbitMQ, behind a balancer; the workers on
// sandboxes of their own, or on one Docker daemon.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  rmdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, Server } from '../lib/server.mjs';
import { Balancer } from './balancer.mjs';
import { Docker, MongoDB, Postgres, RabbitMQ, Redis } from './engines.mjs';

/** What a node must have in common with the first one. */
const KEYS = ['token.key', 'webhook.key'];

export class Platform {
  nodes = new Map();

  /** On `stack`, which says the database (`postgres` or `mongodb`) and the sandbox (`native` or `docker`). */
  static async start({ stack, postgresPrograms }) {
    const platform = new Platform();
    platform.home = mkdtempSync(join(tmpdir(), 'codecrafter-faults-'));
    // The engines' own users go through it.
    chmodSync(platform.home, 0o755);
    const folder = (name) => join(platform.home, name);
    platform.database =
      stack.store === 'mongodb'
        ? new MongoDB(folder('mongodb'), await freePort())
        : new Postgres(folder('postgres'), await freePort(), postgresPrograms);
    if (stack.sandbox === 'docker') platform.docker = new Docker(folder('docker'));
    platform.redis = new Redis(folder('redis'), await freePort());
    platform.rabbitmq = new RabbitMQ(folder('rabbitmq'), await freePort(), await freePort());
    await Promise.all(platform.engines.map((engine) => engine.start()));
    for (const [name, role] of [
      ['api-1', 'api'],
      ['api-2', 'api'],
      ['worker-1', 'worker'],
      ['worker-2', 'worker'],
    ]) {
      platform.nodes.set(name, await platform.#node(name, role));
    }
    const apis = () =>
      [...platform.nodes].filter(([name]) => name.startsWith('api')).map(([, node]) => Number(new URL(node.url).port));
    platform.door = await Balancer.start(apis);
    return platform;
  }

  get engines() {
    return [this.database, this.redis, this.rabbitmq, this.docker].filter(Boolean);
  }

  async #node(name, role) {
    const data = join(this.home, name);
    mkdirSync(data);
    const [first] = this.nodes.values();
    for (const key of first ? KEYS : []) copyFileSync(join(first.dataDir, key), join(data, key));
    return Server.start(
      {
        CODECRAFTER_ROLES: role,
        CODECRAFTER_STORE: this.database.url,
        CODECRAFTER_BUS: this.redis.url,
        CODECRAFTER_QUEUE: this.rabbitmq.url,
        CODECRAFTER_SANDBOX: this.docker?.url ?? `native:?cgroup=${this.#cgroup(name)}`,
      },
      data,
    );
  }

  #cgroup(name) {
    return `codecrafter-faults-${process.pid}-${name}`;
  }

  /** Ends everything in order; gives the nodes' exit codes. */
  async stop() {
    this.door?.stop();
    const codes = {};
    for (const [name, node] of this.nodes) codes[name] = await node.interrupt();
    return codes;
  }

  async stopEngines() {
    for (const engine of this.engines) await engine.end(engine.gentle);
  }

  /** What nobody has ended: processes of the executable and in the nodes' control groups, and containers. */
  orphans() {
    const executable = process.env.CODECRAFTER_BIN;
    const left = this.docker?.containers() ?? [];
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const isNode = readlinkSync(`/proc/${pid}/exe`).replace(' (deleted)', '') === executable;
        const isJailed = readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`codecrafter-faults-${process.pid}-`);
        const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
        if ((isNode && this.#isOurs(pid)) || isJailed) left.push(status.slice(0, 80));
      } catch {
        // It has ended meanwhile, or has no executable.
      }
    }
    return left;
  }

  #isOurs(pid) {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.home);
  }

  forget() {
    for (const name of this.nodes.keys()) removeGroups(this.#cgroup(name));
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** The control groups `name`, in each hierarchy or in the only one. */
function removeGroups(name) {
  const root = '/sys/fs/cgroup';
  for (const folder of [root, ...readdirSync(root).map((hierarchy) => join(root, hierarchy))]) {
    removeGroup(join(folder, name));
  }
}

function removeGroup(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroup(join(folder, entry.name));
  }
  rmdirSync(folder);
}
