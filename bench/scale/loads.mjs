// What is asked of a platform, and how well it does.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { Client } from '../../e2e/lib/client.mjs';
import { until } from '../../e2e/lib/until.mjs';

const HELLO = { language: 'c', code: '#include <stdio.h>\nint main(void) { puts("hello"); }\n' };
/** Who run programs at once. */
const CLIENTS = 8;
/** Documents, and who types in each. */
const DOCUMENTS = 20;
const WRITERS = 4;
/** How long an overload may be felt, in ms. */
const CALM = 60_000;
/** Where keeping up ends, in ms. */
const P99 = 100;

async function hello(client) {
  const { body } = (await client.post('/executions?wait=true', HELLO)).expect(200);
  if (body.run?.stdout !== 'hello\n') throw new Error(`no hello: ${JSON.stringify(body)}`);
}

/** Runs of a program that is compiled already: the median of one after the other in ms, and so many at once in a second. */
export async function runs(stack, seconds) {
  const clients = stack.apis.map((api) => new Client(api, stack.user.token));
  for (let number = 0; number < 20; number += 1) await hello(clients[number % clients.length]);
  const times = [];
  for (let number = 0; number < 60; number += 1) {
    const begin = performance.now();
    await hello(clients[number % clients.length]);
    times.push(performance.now() - begin);
  }
  let done = 0;
  const begin = performance.now();
  const repeat = async (client) => {
    for (; performance.now() - begin < seconds * 1_000; done += 1) await hello(client);
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => repeat(clients[index % clients.length])));
  return { alone_ms: median(times), per_s: (done / (performance.now() - begin)) * 1_000 };
}

/** How fast typed characters arrive under a light load, and the most deliveries a second that are kept up with. */
export async function edits(stack, seconds) {
  const light = await type(stack, 500, seconds);
  if (!light.kept_up) throw new Error(`a light load is too much: ${JSON.stringify(light)}`);
  let best = light.deliveries_per_s;
  let [rate, failed] = [10_000, undefined];
  for (let tries = 0; tries < 9 && !(failed && failed < best * 1.3); tries += 1) {
    const result = await type(stack, rate, seconds);
    if (result.kept_up) best = Math.max(best, result.deliveries_per_s);
    else failed = Math.min(failed ?? Infinity, rate);
    rate = failed === undefined ? rate * 2 : (best + failed) / 2;
  }
  return { p50_ms: light.p50_ms, p99_ms: light.p99_ms, per_s: best };
}

/** Types in fresh documents, whose people are at one API process after the other. */
async function type(stack, deliveries, seconds) {
  const client = new Client(stack.apis[0], stack.user.token);
  const connections = [];
  for (let document = 0; document < DOCUMENTS; document += 1) {
    // What the last load left to store is stored first.
    const id = await until(() => newSession(client), 'the database keeps up again', CALM);
    for (let writer = 0; writer < WRITERS; writer += 1) {
      const api = stack.apis[(document + writer) % stack.apis.length];
      const url = `${api.sockets}/sync/${id}?token=${stack.user.token}`;
      connections.push({ url, protocol: 'y-websocket', document: id, writes: true });
    }
  }
  const mode = { kind: 'type', updates_per_second: deliveries / (WRITERS - 1), warm_up_s: 1, seconds, drain_s: 3 };
  const result = await load({ connections, mode: { ...mode, server_pid: stack.apis[0].pid } });
  const isWhole = result.error === null && result.delivered === result.expected;
  result.kept_up = isWhole && result.sent_per_s > 0.95 * result.offered_per_s && result.p99_ms < P99;
  return result;
}

async function newSession(client) {
  const { status, body } = await client.post('/sessions', { title: 'bench', language: 'c' });
  return status === 201 && body.id;
}

async function load(plan) {
  const child = spawn(process.env.COLLABORATION_LOAD, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  child.stdin.end(JSON.stringify(plan));
  const [code] = await once(child, 'close');
  return code === 0 ? JSON.parse(out) : { error: err.slice(-300) };
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
