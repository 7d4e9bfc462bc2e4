// Everybody who edits the same session ends with the same text, whatever happens in between.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { change } from '../lib/edits.mjs';
import { join, newUser } from '../lib/people.mjs';
import { Random } from '../lib/random.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

const PEOPLE = 5;
let server;
let users;

before(async () => {
  server = await Server.start();
  users = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => newUser(server, `writer${index}`)));
});
after(() => server.stop());

/** A session with one stock client for each of the first `count` users, all editors. */
async function meeting(count, content = '') {
  const [owner, ...guests] = users.slice(0, count);
  const session = await owner.client.session({ files: [{ path: 'main.py', content }] });
  for (const guest of guests) await join(owner, session, guest, 'editor');
  const clients = await Promise.all(
    users.slice(0, count).map((user) => StockClient.open(server, session.id, user.token)),
  );
  return { owner, session, clients };
}

const same = ([first, ...others]) => others.every((other) => isDeepStrictEqual(other.doc.toJSON(), first.doc.toJSON()));

test('the files given at creation are in the document, once', async () => {
  const { clients } = await meeting(2, 'print("hello")\n');
  for (const client of clients) {
    assert.equal(client.read(), 'print("hello")\n');
    assert.equal(client.files.size, 1);
    client.destroy();
  }
});

for (let count = 2; count <= PEOPLE; count += 1) {
  test(`${count} stock clients that type at the same time converge`, async () => {
    const { clients } = await meeting(count, '0123456789');
    for (let round = 0; round < 30; round += 1) {
      for (const [index, client] of clients.entries()) client.text().insert(0, `<${index}.${round}>`);
      if (round % 5 === 0) await moment();
    }
    await until(() => same(clients), 'all texts are equal');
    const text = clients[0].read();
    for (let index = 0; index < count; index += 1) {
      for (let round = 0; round < 30; round += 1) assert.equal(text.split(`<${index}.${round}>`).length, 2);
    }
    for (const client of clients) client.destroy();
  });
}

test('random edits, files and broken connections converge', async (t) => {
  const random = Random.ofThisRun(t);
  const { session, clients } = await meeting(4, 'start');
  for (let step = 0; step < 400; step += 1) {
    change(random.pick(clients), random);
    if (random.chance(0.03)) breakConnection(random.pick(clients));
    if (random.chance(0.2)) await moment(random.below(12));
  }
  await until(() => clients.every(({ provider }) => provider.synced), 'all are connected again', 20_000);
  await until(() => same(clients), 'all documents are equal', 20_000);

  const late = await StockClient.open(server, session.id, users[0].token);
  assert.deepEqual(late.doc.toJSON(), clients[0].doc.toJSON(), 'who comes late sees the same');
  for (const client of [...clients, late]) client.destroy();
});

/** As when the network goes away: no close frame; the client connects again by itself. */
function breakConnection({ provider }) {
  provider.ws?.terminate();
}

test('what was typed while offline arrives later, and nothing is doubled', async () => {
  const { clients } = await meeting(2, 'base\n');
  const [stays, leaves] = clients;
  leaves.provider.disconnect();
  leaves.text().insert(0, 'offline\n');
  stays.text().insert(stays.text().length, 'online\n');
  leaves.provider.connect();
  await until(() => same(clients) && stays.read().includes('offline'), 'both texts are equal');
  assert.equal(stays.read(), 'offline\nbase\nonline\n');
  for (const client of clients) client.destroy();
});

test('a long history of small edits is there for who comes after everybody has left', async () => {
  const { owner, session, clients } = await meeting(1);
  const [writer] = clients;
  for (let index = 0; index < 1500; index += 1) {
    writer.text().insert(writer.text().length, `${index};`);
    if (index % 50 === 0) await moment(1);
  }
  const written = writer.read();
  const files = () => owner.client.get(`/sessions/${session.id}/files/main.py`);
  await until(async () => (await files()).text === written, 'the server has all of it');
  writer.destroy();

  const later = await StockClient.open(server, session.id, owner.token);
  assert.equal(later.read(), written);
  later.destroy();
});

test('the files can be read over HTTP as they are now', async () => {
  const { owner, session, clients } = await meeting(1, 'one');
  clients[0].text().insert(3, ' two');
  clients[0].add('util/text.py', 'x = 1\n');
  const read = async () => (await owner.client.get(`/sessions/${session.id}/files`)).expect(200).body.items;
  await until(async () => (await read()).length === 2, 'the new file is there');
  assert.deepEqual(await read(), [
    { path: 'main.py', content: 'one two' },
    { path: 'util/text.py', content: 'x = 1\n' },
  ]);
  const file = (await owner.client.get(`/sessions/${session.id}/files/util/text.py`)).expect(200);
  assert.equal(file.text, 'x = 1\n');
  assert.equal(file.type, 'text/plain');
  clients[0].destroy();
});
