// The server is killed while people type: what providers were told is saved is there afterwards, once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Provider, providerSocket } from '../lib/hocuspocus.mjs';
import { newUser } from '../lib/people.mjs';
import { Random } from '../lib/random.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'writer');
});
after(() => server.stop());

const count = (text, token) => text.split(token).length - 1;

/** Types without waiting; keeps in mind how many of its edits were acknowledged. */
class Writer {
  written = [];

  static async open(name, socket) {
    const writer = new Writer();
    writer.name = name;
    writer.session = await user.client.session({ files: [{ path: 'main.py', content: '' }] });
    writer.client = await Provider.open(server, writer.session.id, user.token, { socket });
    await writer.client.saved();
    writer.before = writer.client.statuses.length;
    return writer;
  }

  /** The edits of which the server has said that they are stored: it says so in their order. */
  get acknowledged() {
    return this.written.slice(0, this.client.statuses.length - this.before);
  }

  async write(random) {
    while (server.alive) {
      const token = `[${this.name}.${this.written.length}]`;
      this.written.push(token);
      this.client.text().insert(0, token);
      await moment(random.below(4));
    }
  }
}

test('every acknowledged edit survives kill -9, once', { timeout: 300_000 }, async (t) => {
  const random = Random.ofThisRun(t);
  let acknowledged = 0;
  for (let round = 0; round < 4; round += 1) {
    const socket = providerSocket(server);
    const writers = [];
    for (let index = 0; index < 4; index += 1) writers.push(await Writer.open(`${round}.${index}`, socket));
    const writing = writers.map((writer) => writer.write(random));
    await until(() => writers.every((writer) => writer.acknowledged.length > 20), 'all have saved something', 30_000);
    await moment(random.below(150));
    await server.kill();
    await Promise.all(writing);
    // Otherwise they would bring back what the server has lost.
    for (const { client } of writers) client.destroy();
    socket.destroy();
    await server.restart();
    for (const writer of writers) acknowledged += await check(writer);
  }
  t.diagnostic(`${acknowledged} acknowledged edits, all there`);
});

async function check({ session, acknowledged, written, client }) {
  assert.ok(client.statuses.every((applied) => applied));
  const late = await StockClient.open(server, session.id, user.token);
  const text = late.read();
  for (const token of acknowledged) assert.equal(count(text, token), 1, token);
  const tokens = text.match(/\[[^\]]*\]/g) ?? [];
  assert.equal(tokens.join(''), text, 'nothing but whole tokens');
  assert.ok(tokens.length <= written.length);
  late.destroy();
  return acknowledged.length;
}

test('providers that were typing come back by themselves with everything, and nothing is doubled', async () => {
  const session = await user.client.session({ files: [{ path: 'main.py', content: '' }] });
  const clients = [
    await Provider.open(server, session.id, user.token),
    await StockClient.open(server, session.id, user.token),
  ];
  let written = 0;
  const type = () => {
    for (const [index, client] of clients.entries()) client.text().insert(0, `[${index}.${written}]`);
    written += 1;
  };
  for (let turn = 0; turn < 2; turn += 1) {
    for (let step = 0; step < 40; step += 1) {
      type();
      await moment(2);
    }
    await server.kill();
    for (let step = 0; step < 10; step += 1) type();
    await server.restart();
    await Promise.all(clients.map((client) => client.synced(30_000)));
  }
  await clients[0].saved(30_000);
  await until(() => clients[0].read() === clients[1].read(), 'both texts are equal');
  const late = await Provider.open(server, session.id, user.token);
  for (let index = 0; index < written; index += 1) {
    for (const who of [0, 1]) assert.equal(count(late.read(), `[${who}.${index}]`), 1);
  }
  for (const client of [...clients, late]) client.destroy();
});

test('an orderly stop saves what was typed last, and providers come back', async () => {
  const session = await user.client.session({ files: [{ path: 'main.py', content: '' }] });
  const client = await Provider.open(server, session.id, user.token);
  const watcher = await StockClient.open(server, session.id, user.token);
  client.text().insert(0, 'last words');
  await until(() => watcher.read() === 'last words', 'the server has received it');
  assert.equal(await server.interrupt(), 0);
  await until(() => client.closes.length > 0, 'the provider has noticed');
  assert.equal(client.closes[0].code, 1012);
  await server.restart();
  await client.saved(30_000);
  const late = await StockClient.open(server, session.id, user.token);
  assert.equal(late.read(), 'last words');
  for (const one of [client, watcher, late]) one.destroy();
});
