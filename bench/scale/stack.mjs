// The platform on some engines, as one process or as several.

import { copyFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Docker, MongoDB, Postgres, RabbitMQ, Redis } from '../../e2e/faults/engines.mjs';
import { newUser } from '../../e2e/lib/people.mjs';
import { freePort, Server } from '../../e2e/lib/server.mjs';

/** What nodes that belong together have in common. */
const KEYS = ['token.key', 'webhook.key'];
/** Which setting names an engine. */
const SETTINGS = {
  postgres: 'CODECRAFTER_STORE',
  mongodb: 'CODECRAFTER_STORE',
  redis: 'CODECRAFTER_BUS',
  rabbitmq: 'CODECRAFTER_QUEUE',
  docker: 'CODECRAFTER_SANDBOX',
};

/** A folder that engines' own users may go through. */
export function home() {
  const folder = mkdtempSync(join(tmpdir(), 'codecrafter-scale-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** Starts an engine with a folder and ports of its own. */
export async function engine(name, folder) {
  const place = join(folder, name);
  const make = {
    postgres: async () => new Postgres(place, await freePort(), process.env.POSTGRES_PROGRAMS),
    mongodb: async () => new MongoDB(place, await freePort()),
    redis: async () => new Redis(place, await freePort()),
    rabbitmq: async () => new RabbitMQ(place, await freePort(), await freePort()),
    docker: async () => new Docker(place),
  };
  const made = await make[name]();
  await made.start();
  return made;
}

export class Stack {
  apis = [];
  workers = [];

  /** On these engines: one process, or so many of the API and as many workers. */
  static async start(engines, processes = 0) {
    const stack = Object.assign(new Stack(), { folder: home() });
    stack.engines = [];
    const env = { CODECRAFTER_LOG: 'warn,codecrafter::serve=info', CODECRAFTER_QUOTA_SESSIONS: '100000' };
    for (const name of engines) {
      const started = await engine(name, stack.folder);
      stack.engines.push(started);
      env[SETTINGS[name]] = started.url;
    }
    if (processes === 0) stack.apis.push(await stack.#node('all', env));
    for (let number = 1; number <= processes; number += 1) {
      stack.apis.push(await stack.#node(`api-${number}`, { ...env, CODECRAFTER_ROLES: 'api' }));
      stack.workers.push(await stack.#node(`worker-${number}`, { ...env, CODECRAFTER_ROLES: 'worker' }));
    }
    stack.user = await newUser(stack.apis[0], 'bench');
    return stack;
  }

  async #node(name, env) {
    const data = join(this.folder, name);
    mkdirSync(data);
    const [first] = this.apis;
    for (const key of first ? KEYS : []) copyFileSync(join(first.dataDir, key), join(data, key));
    return Server.start(env, data);
  }

  async stop() {
    for (const node of [...this.apis, ...this.workers]) await node.interrupt();
    for (const each of this.engines) await each.end(each.gentle);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
