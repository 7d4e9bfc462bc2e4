// Who is here, as stock clients tell each other; the server vouches for the names.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import * as frames from '../lib/frames.mjs';
import { join, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient, StockClient } from '../lib/sync.mjs';
import { LIVE, until } from '../lib/until.mjs';

let server;
let ada;
let bob;
let session;

before(async () => {
  server = await Server.start();
  ada = await newUser(server, 'ada', 'Ada Lovelace');
  bob = await newUser(server, 'bob', 'Bob');
});
after(() => server.stop());
// Whoever broke off in another test must not be seen in this one.
beforeEach(async () => {
  session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
});

const open = (user) => StockClient.open(server, session.id, user.token);
/** What `client` sees of `user`'s pages. */
const seen = (client, user) => client.others().filter((state) => state.user?.id === user.id);

test('each sees the other, their cursor, and that they leave', async () => {
  const [one, other] = await Promise.all([open(ada), open(bob)]);
  one.awareness.setLocalStateField('cursor', { anchor: 1, head: 3 });
  const state = await until(() => seen(other, ada).find(({ cursor }) => cursor), 'the cursor is seen');
  assert.deepEqual(state.cursor, { anchor: 1, head: 3 });
  assert.equal(state.user.name, 'Ada Lovelace');
  assert.equal(state.user.color, ada.color);
  await until(() => seen(one, bob).length === 1, 'the second is seen by the first');

  other.destroy();
  await until(() => seen(one, bob).length === 0, 'who closes the page is gone at once', LIVE);
  one.destroy();
});

test('a forged name is replaced by that of the token', async () => {
  const [one, other] = await Promise.all([open(ada), open(bob)]);
  const forged = { id: ada.id, name: 'Ada Lovelace', color: '#000000' };
  other.awareness.setLocalState({ user: forged, file: 'x' });
  const state = await until(() => seen(one, bob).find(({ file }) => file === 'x'), 'the state arrives');
  assert.equal(state.user.name, 'Bob');
  assert.equal(state.user.color, bob.color);
  assert.equal(seen(one, ada).length, 0, 'nobody poses as Ada');
  for (const client of [one, other]) client.destroy();
});

test("nobody changes or ends another one's presence", async () => {
  const [one, watcher] = await Promise.all([open(ada), open(bob)]);
  one.awareness.setLocalStateField('file', 'true');
  await until(() => seen(watcher, ada).length === 1, 'Ada is seen');

  const intruder = await BareClient.sync(server, session.id, bob.token);
  const target = one.doc.clientID;
  intruder.send(frames.awareness(target, 1_000_000, null));
  intruder.send(frames.awareness(target, 1_000_001, { file: 'forged', user: { id: ada.id, name: 'Ada' } }));
  intruder.send(frames.awareness(intruder.doc.clientID, 1, { file: 'barrier' }));
  await until(() => seen(watcher, bob).some(({ file }) => file === 'barrier'), 'the frames were processed');
  assert.deepEqual(
    seen(watcher, ada).map(({ file }) => file),
    ['true'],
  );
  for (const client of [one, watcher, intruder]) client.destroy();
});

test('who comes back fast is seen at once, and once', async () => {
  const [one, other] = await Promise.all([open(ada), open(bob)]);
  for (let turn = 0; turn < 3; turn += 1) {
    other.provider.ws.terminate();
    await until(() => !other.provider.wsconnected, 'the connection is lost');
    await other.synced();
    const mark = `turn ${turn}`;
    other.awareness.setLocalStateField('file', mark);
    await until(() => seen(one, bob).some(({ file }) => file === mark), 'the news is seen', 2_000);
    await until(() => seen(other, ada).length === 1, 'and the one who stayed is seen', 2_000);
    assert.equal(seen(one, bob).length, 1);
  }
  for (const client of [one, other]) client.destroy();
});

test('hiding is honoured', async () => {
  const [one, other] = await Promise.all([open(ada), open(bob)]);
  other.awareness.setLocalStateField('file', 'here');
  await until(() => seen(one, bob).length === 1, 'Bob is seen');
  other.awareness.setLocalState(null);
  await until(() => seen(one, bob).length === 0, 'Bob is hidden', LIVE);
  for (const client of [one, other]) client.destroy();
});
