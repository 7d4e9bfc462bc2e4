// Clients of both protocols that edit the same session end with the same text, whatever happens in between.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { change, textsOf } from '../lib/edits.mjs';
import { Provider, providerSocket } from '../lib/hocuspocus.mjs';
import { join, newUser } from '../lib/people.mjs';
import { Random } from '../lib/random.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

const PATIENCE = 60_000;
const FILES = { files: [{ path: 'main.py', content: 'start 🦀' }] };
let server;
let users;

before(async () => {
  server = await Server.start();
  users = await Promise.all([0, 1, 2, 3].map((index) => newUser(server, `writer${index}`)));
});
after(() => server.stop());

async function session() {
  const made = await users[0].client.session(FILES);
  for (const guest of users.slice(1)) await join(users[0], made, guest, 'editor');
  return made;
}

const equal = ([first, ...others]) =>
  others.every((other) => isDeepStrictEqual(other.doc.toJSON(), first.doc.toJSON()));
const isThere = (client) => (client instanceof Provider ? client.provider.isSynced : client.provider.synced);
const breakConnection = (client) => {
  if (client instanceof Provider) client.breakConnection();
  else client.provider.ws?.terminate();
};

/** That all have the same, that it is saved, and that whoever comes late and the API have it too. */
async function check({ id }, clients) {
  await until(() => clients.every(isThere), 'all are connected again', PATIENCE);
  await until(() => equal(clients), 'all documents are equal', PATIENCE);
  for (const client of clients) if (client instanceof Provider) await client.saved(PATIENCE);
  const late = [await Provider.open(server, id, users[0].token), await StockClient.open(server, id, users[1].token)];
  for (const client of late) assert.deepEqual(client.doc.toJSON(), clients[0].doc.toJSON());
  const { items } = (await users[2].client.get(`/sessions/${id}/files`)).expect(200).body;
  const byPath = Object.fromEntries(items.map(({ path, content }) => [path, content]));
  const texts = textsOf(clients[0]);
  const paths = texts.map(({ path }) => path);
  for (const { path, content } of texts) {
    if (paths.filter((other) => other === path).length === 1) assert.equal(byPath[path], content, path);
  }
  for (const client of [...clients, ...late]) client.destroy();
}

for (let turn = 0; turn < 3; turn += 1) {
  test(`random edits and broken connections converge, run ${turn + 1}`, { timeout: 300_000 }, async (t) => {
    const random = Random.ofThisRun(t);
    for (let skipped = 0; skipped < turn; skipped += 1) random.next();
    const made = await session();
    // Four at once are the first to open it.
    const clients = await Promise.all([
      StockClient.open(server, made.id, users[0].token),
      Provider.open(server, made.id, users[1].token),
      StockClient.open(server, made.id, users[2].token),
      Provider.open(server, made.id, users[3].token, { flushDelay: 15 }),
    ]);
    for (let step = 0; step < 300; step += 1) {
      change(random.pick(clients), random);
      if (random.chance(0.03)) breakConnection(random.pick(clients));
      if (random.chance(0.2)) await moment(random.below(12));
    }
    await check(made, clients);
  });
}

test('what two clients typed offline merges when both come back at once', async (t) => {
  const random = Random.ofThisRun(t);
  const made = await session();
  const clients = [
    await Provider.open(server, made.id, users[0].token),
    await StockClient.open(server, made.id, users[1].token),
    await Provider.open(server, made.id, users[2].token),
  ];
  const [one, other] = clients;
  for (let turn = 0; turn < 3; turn += 1) {
    one.socket.disconnect();
    other.provider.disconnect();
    await until(() => !isThere(one) && !isThere(other), 'both are away');
    for (let step = 0; step < 40; step += 1) for (const client of clients) change(client, random);
    other.provider.connect();
    await one.socket.connect();
    await until(() => clients.every(isThere), 'both are back', PATIENCE);
  }
  await check(made, clients);
});

test('many first opens at once, over both protocols and one connection, share one document', async () => {
  const made = await session();
  const socket = providerSocket(server);
  const clients = await Promise.all([
    ...[0, 1, 2, 3].map((index) => StockClient.open(server, made.id, users[index].token)),
    ...[0, 1, 2, 3].map((index) => Provider.open(server, made.id, users[index].token)),
    ...[0, 1, 2].map((index) => Provider.open(server, made.id, users[index].token, { socket, sessionAwareness: true })),
  ]);
  for (const client of clients) assert.equal(client.read(), 'start 🦀');
  for (const [index, client] of clients.entries()) client.text().insert(0, `<${index}>`);
  await until(() => equal(clients), 'all are equal', PATIENCE);
  for (const index of clients.keys()) assert.equal(clients[0].read().split(`<${index}>`).length, 2);
  await check(made, clients);
  socket.destroy();
});
