// The server is killed while people type: what was announced as saved is there afterwards.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EventSocket } from '../lib/events.mjs';
import { join, newUser } from '../lib/people.mjs';
import { Random } from '../lib/random.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

let server;
let ada;
let bob;

before(async () => {
  server = await Server.start();
  ada = await newUser(server, 'ada');
  bob = await newUser(server, 'bob');
});
after(() => server.stop());

const count = (text, token) => text.split(token).length - 1;

/** Alone in a session: writes a token, waits for "saved", writes the next. So each "saved" is about one token. */
class CarefulWriter {
  confirmed = [];
  written = 0;

  static async open(index) {
    const writer = new CarefulWriter();
    writer.session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
    writer.client = await StockClient.open(server, writer.session.id, ada.token);
    writer.events = await EventSocket.open(server, writer.session.id, ada.token, 0);
    await writer.events.caughtUp();
    writer.name = `w${index}`;
    return writer;
  }

  async write() {
    while (server.alive) {
      const token = `[${this.name}.${this.written++}]`;
      const seen = this.events.of('document.saved').length;
      this.client.text().insert(0, token);
      while (server.alive && this.events.of('document.saved').length === seen) await moment(1);
      if (this.events.of('document.saved').length > seen) this.confirmed.push(token);
    }
  }

  leave() {
    this.client.destroy();
    this.events.destroy();
  }
}

test('everything announced as saved survives kill -9, once', async (t) => {
  const random = Random.ofThisRun(t);
  let confirmed = 0;
  for (let round = 0; round < 4; round += 1) {
    const writers = await Promise.all([0, 1, 2, 3].map((index) => CarefulWriter.open(`${round}.${index}`)));
    const writing = writers.map((writer) => writer.write());
    await until(() => writers.every((writer) => writer.confirmed.length > 3), 'all have saved something');
    await moment(random.below(150));
    await server.kill();
    await Promise.all(writing);
    // Otherwise they would bring back what the server has lost.
    for (const writer of writers) writer.leave();
    await server.restart();
    for (const writer of writers) confirmed += await check(writer);
  }
  t.diagnostic(`${confirmed} confirmed edits, all there`);
});

async function check({ session, confirmed, written }) {
  const late = await StockClient.open(server, session.id, ada.token);
  const text = late.read();
  for (const token of confirmed) assert.equal(count(text, token), 1, `${token} in ${text}`);
  const tokens = text.match(/\[[^\]]*\]/g) ?? [];
  assert.equal(tokens.join(''), text, 'nothing but whole tokens');
  assert.ok(tokens.length <= written);
  late.destroy();
  return confirmed.length;
}

test('clients that were typing come back by themselves with everything, and nothing is doubled', async () => {
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
  const clients = await Promise.all([ada, bob].map((user) => StockClient.open(server, session.id, user.token)));
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
    await Promise.all(clients.map((client) => client.synced(15_000)));
  }
  await until(() => clients[0].read() === clients[1].read(), 'both texts are equal');
  const late = await StockClient.open(server, session.id, ada.token);
  await until(() => late.read() === clients[0].read(), 'the server has the same');
  for (let index = 0; index < written; index += 1) {
    for (const who of [0, 1]) assert.equal(count(late.read(), `[${who}.${index}]`), 1);
  }
  for (const client of [...clients, late]) client.destroy();
});

test('accounts, sessions, roles and logins survive a crash', async () => {
  const session = await ada.client.session({ title: 'Durable' });
  await join(ada, session, bob, 'viewer');
  await server.kill();
  await server.restart();
  const { body } = (await bob.client.get(`/sessions/${session.id}`)).expect(200);
  assert.equal(body.title, 'Durable');
  assert.equal(body.role, 'viewer');
});

test('a run that a crash interrupts comes to an end', async () => {
  const code = 'import time\ntime.sleep(1)\nprint("done")';
  const { body } = (await ada.client.post('/executions', { language: 'python', code })).expect(202);
  const read = async () => (await ada.client.get(`/executions/${body.id}`)).expect(200).body;
  await until(async () => (await read()).status === 'running', 'it runs');
  await server.kill();
  await server.restart();
  const execution = await until(
    async () => {
      const now = await read();
      return now.status === 'finished' && now;
    },
    'the interrupted run ends',
    90_000,
  );
  assert.ok(['ok', 'internal_error'].includes(execution.outcome), execution.outcome);
});

test('an orderly stop saves what was typed last and ends with 0', async () => {
  const own = await Server.start();
  const user = await newUser(own, 'orderly');
  const session = await user.client.session({ files: [{ path: 'main.py', content: '' }] });
  const client = await StockClient.open(own, session.id, user.token);
  const watcher = await StockClient.open(own, session.id, user.token);
  client.text().insert(0, 'last words');
  await until(() => watcher.read() === 'last words', 'the server has received it');
  const code = await own.interrupt();
  for (const one of [client, watcher]) one.destroy();
  await own.restart();
  const late = await StockClient.open(own, session.id, user.token);
  assert.equal(late.read(), 'last words');
  assert.equal(code, 0);
  late.destroy();
  await own.stop();
});
