// Roles hold on open connections, for every message, and change while people type.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as Y from 'yjs';

import { EventSocket } from '../lib/events.mjs';
import * as frames from '../lib/frames.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient, StockClient } from '../lib/sync.mjs';
import { LIVE, until } from '../lib/until.mjs';

const REMOVED = [4403, 4404];

let server;
let people;
let owner;
let warn;

before(async () => {
  // Stock clients warn of each refused edit.
  warn = console.warn;
  console.warn = () => {};
  server = await Server.start();
  people = await cast(server, { files: [{ path: 'main.py', content: 'start' }] });
  owner = await StockClient.open(server, people.session.id, people.owner.token);
});
after(async () => {
  console.warn = warn;
  owner.destroy();
  await server.stop();
});

const open = (user) => StockClient.open(server, people.session.id, user.token);
const setRole = async (user, role) =>
  (await people.owner.client.put(`/sessions/${people.session.id}/participants/${user.id}`, { role })).expect(200);

let marks = 0;
/** Waits until everything that `client` has sent so far was processed: frames keep their order. */
async function settled(client, user) {
  marks += 1;
  const mark = `mark ${marks}`;
  if (client instanceof StockClient) client.awareness.setLocalStateField('file', mark);
  else client.send(frames.awareness(client.doc.clientID, marks + 1, { file: mark }));
  const arrived = () => owner.others().some(({ user: who, file }) => who?.id === user.id && file === mark);
  await until(arrived, 'the presence sent last is seen');
}

/** What somebody who comes now is given. */
async function stored() {
  const late = await open(people.admin);
  const text = late.read();
  late.destroy();
  return text;
}

describe('a viewer', () => {
  test('receives, and cannot edit with a stock client', async () => {
    const viewer = await open(people.viewer);
    viewer.text().insert(0, 'REFUSED');
    await settled(viewer, people.viewer);
    owner.text().insert(0, 'received ');
    await until(() => viewer.read().includes('received'), 'the viewer receives');
    assert.doesNotMatch(owner.read(), /REFUSED/);
    assert.doesNotMatch(await stored(), /REFUSED/);
    viewer.destroy();
  });

  const edit = (doc) => {
    const text = [...doc.getMap('files').values()][0].get('content');
    let sent;
    doc.once('update', (bytes) => (sent = bytes));
    text.insert(0, 'REFUSED');
    return frames.update(sent);
  };
  const ways = {
    'an update': edit,
    'a sync step 2': (doc) => (edit(doc), frames.step2(doc)),
    'the second message of a frame': (doc) =>
      frames.together(frames.awareness(doc.clientID, 1, { file: 'x' }), edit(doc)),
    'a message after a step 1': (doc) => frames.together(frames.step1(doc), edit(doc)),
    'a new file': () => {
      const other = new Y.Doc();
      other.getMap('files').set('REFUSED', new Y.Map());
      return frames.update(Y.encodeStateAsUpdate(other));
    },
    'a new top-level type': () => {
      const other = new Y.Doc();
      other.getText('REFUSED').insert(0, 'REFUSED');
      return frames.update(Y.encodeStateAsUpdate(other));
    },
  };
  for (const [way, frame] of Object.entries(ways)) {
    test(`cannot edit by ${way}`, async () => {
      const viewer = await BareClient.sync(server, people.session.id, people.viewer.token);
      viewer.send(frame(viewer.doc));
      await settled(viewer, people.viewer);
      const late = await open(people.admin);
      assert.doesNotMatch(JSON.stringify([owner.doc.toJSON(), late.doc.toJSON()]), /REFUSED/);
      assert.equal(late.doc.share.has('REFUSED'), false);
      for (const client of [viewer, late]) client.destroy();
    });
  }
});

test('a promotion holds on the open connection, and brings what was typed before', async () => {
  const user = await newUser(server, 'promoted');
  await join(people.owner, people.session, user, 'viewer');
  const client = await open(user);
  client.text().insert(0, 'before the promotion; ');
  await settled(client, user);
  assert.doesNotMatch(owner.read(), /before the promotion/);

  await setRole(user, 'editor');
  client.text().insert(0, 'after the promotion; ');
  await until(() => owner.read().includes('after the promotion'), 'the edit arrives', LIVE);
  await until(() => owner.read().includes('before the promotion'), 'what hung before arrives', LIVE);
  assert.equal(owner.read(), client.read());
  client.destroy();
});

test('a demotion holds on the open connection, which goes on receiving', async () => {
  const user = await newUser(server, 'demoted');
  await join(people.owner, people.session, user, 'editor');
  const [client, events] = await Promise.all([open(user), EventSocket.open(server, people.session.id, user.token, 0)]);
  client.text().insert(0, 'as editor; ');
  await until(() => owner.read().includes('as editor'), 'an editor edits');

  await setRole(user, 'viewer');
  const matches = (event) => event.user_id === user.id && event.role === 'viewer';
  await events.next('participant.role_changed', matches, LIVE);
  // The open connection asks again on its own; what it brings in that moment may still count.
  let attempt = 0;
  const refused = async () => {
    const mark = `AS VIEWER ${attempt++}; `;
    client.text().insert(0, mark);
    await settled(client, user);
    return !owner.read().includes(mark);
  };
  await until(refused, 'a demoted editor is refused', LIVE);
  owner.text().insert(0, 'still received; ');
  await until(() => client.read().includes('still received'), 'the viewer receives');
  assert.equal(client.provider.wsconnected, true);
  for (const socket of [client, events]) socket.destroy();
});

test('whoever is removed is out at once, with both sockets', async () => {
  const user = await newUser(server, 'removed');
  await join(people.owner, people.session, user, 'editor');
  const [client, events] = await Promise.all([open(user), EventSocket.open(server, people.session.id, user.token, 0)]);
  (await people.admin.client.delete(`/sessions/${people.session.id}/participants/${user.id}`)).expect(204);
  assert.ok(REMOVED.includes(await client.closed(LIVE)));
  assert.ok(REMOVED.includes(await events.code(LIVE)));
  const again = new StockClient(server, people.session.id, user.token);
  assert.ok(REMOVED.includes(await again.closed()));
  for (const socket of [client, again]) socket.destroy();
});

test('who leaves is out with open sockets too', async () => {
  const user = await newUser(server, 'leaving');
  await join(people.owner, people.session, user, 'editor');
  const client = await open(user);
  (await user.client.post(`/sessions/${people.session.id}/leave`)).expect(204);
  assert.ok(REMOVED.includes(await client.closed(LIVE)));
  client.destroy();
});

test('a session that is closed to the public drops its strangers and keeps its participants', async () => {
  const session = await people.owner.client.session({ visibility: 'public' });
  await join(people.owner, session, people.viewer, 'viewer');
  const [stranger, viewer] = await Promise.all(
    [people.stranger, people.viewer].map((user) => StockClient.open(server, session.id, user.token)),
  );
  (await people.owner.client.patch(`/sessions/${session.id}`, { visibility: 'private' })).expect(200);
  assert.ok(REMOVED.includes(await stranger.closed(LIVE)));
  assert.equal(viewer.provider.wsconnected, true);
  for (const client of [stranger, viewer]) client.destroy();
});

test('a deleted session closes everything with 4404', async () => {
  const session = await people.owner.client.session();
  const client = await StockClient.open(server, session.id, people.owner.token);
  const events = await EventSocket.open(server, session.id, people.owner.token, 0);
  (await people.owner.client.delete(`/sessions/${session.id}`)).expect(204);
  assert.equal(await client.closed(LIVE), 4404);
  assert.equal(await events.code(LIVE), 4404);
  client.destroy();
});
