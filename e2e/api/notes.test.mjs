// Private notes: the owner and admins share them, and nobody else receives anything of them, by any way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EventSocket } from '../lib/events.mjs';
import { cast, join } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';

const SECRET = 'the-candidate-hesitates';
let server;
let people;
let session;
let path;

before(async () => {
  server = await Server.start();
  people = await cast(server, { visibility: 'public' });
  session = people.session;
  path = `/sessions/${session.id}/notes`;
});
after(() => server.stop());

const read = async (who) => (await people[who].client.get(path)).expect(200).body;
const write = (who, text, version) => people[who].client.put(path, { text, version });

test('the owner and admins share one text, and nobody undoes what they have not seen', async () => {
  assert.deepEqual(await read('owner'), { text: '', version: 0, updated_by: null, updated_at: null });
  const first = (await write('owner', 'first', 0)).expect(200).body;
  assert.deepEqual([first.version, first.updated_by.id], [1, people.owner.id]);
  assert.deepEqual(await read('admin'), first);
  assertProblem(await write('admin', 'unseen', 0), 409);
  const second = (await write('admin', '<b>second</b>\n', 1)).expect(200).body;
  assert.deepEqual(await read('owner'), second);
  (await write('owner', 'x'.repeat(32_768), 2)).expect(200);
});

test('for others there are none', async () => {
  for (const who of ['editor', 'viewer']) {
    assertProblem(await people[who].client.get(path), 403);
    assertProblem(await write(who, 'x', 0), 403);
  }
  assertProblem(await people.stranger.client.get(path), 404);
  assertProblem(await write('stranger', 'x', 0), 404);
});

test('only the owner and admins are told of changes, by the role of the moment', async () => {
  const sockets = {};
  for (const who of ['owner', 'admin', 'editor', 'viewer', 'stranger']) {
    sockets[who] = await EventSocket.open(server, session.id, people[who].token);
  }
  const client = await StockClient.open(server, session.id, people.editor.token);
  const { version } = await read('owner');
  const stored = (await write('owner', SECRET, version)).expect(200).body;
  for (const who of ['owner', 'admin']) {
    const told = await sockets[who].next('notes.updated');
    assert.equal(told.version, stored.version);
    assert.equal(told.seq, undefined, 'not in the log that others read');
  }
  // Whoever is demoted hears nothing more, even of what is written in the same breath.
  const demoted = people.owner.client.put(`/sessions/${session.id}/participants/${people.admin.id}`, {
    role: 'editor',
  });
  (await demoted).expect(200);
  (await write('owner', `${SECRET} again`, stored.version)).expect(200);
  assertProblem(await people.admin.client.get(path), 403);
  await sockets.owner.next('notes.updated', (told) => told.version === stored.version + 1);

  // Whatever was whispered before this message has been passed on or has not.
  const sentinel = (await people.owner.client.post(`/sessions/${session.id}/messages`, { text: 'now' })).body;
  sockets.owner.send({ type: 'chat.typing' });
  for (const who of ['admin', 'editor', 'viewer', 'stranger']) {
    await sockets[who].next('chat.message', ({ message }) => message.id === sentinel.id);
    await sockets[who].next('chat.typing');
    const frames = sockets[who].frames.filter(({ type, version: told }) => {
      return /^notes/.test(type) && !(who === 'admin' && told === stored.version);
    });
    assert.deepEqual(frames, [], who);
    assert.ok(!JSON.stringify(sockets[who].frames).includes(SECRET), who);
  }
  await join(people.owner, session, people.admin, 'admin');
  await until(async () => (await read('admin')).text.includes('again'), 'whoever is promoted reads them');
  client.destroy();
  for (const socket of Object.values(sockets)) socket.destroy();
});

test('they are in nothing else that can be read of the session', async () => {
  const { version } = await read('owner');
  (await write('owner', SECRET, version)).expect(200);
  const { paths } = (await people.viewer.client.get('/openapi.json')).expect(200).body;
  const readable = Object.keys(paths).filter((address) => {
    return address.startsWith('/api/v1/sessions/{id}') && paths[address].get && !/\/(notes|events)$/.test(address);
  });
  assert.ok(readable.length > 4);
  for (const who of ['owner', 'viewer', 'stranger']) {
    for (const address of readable) {
      const at = address.replace('/api/v1', '').replace('{id}', session.id).replace('{path}', 'main.py');
      const { text } = await people[who].client.get(at);
      assert.ok(!text.includes(SECRET), `${who}: ${at}`);
    }
  }
  // A newcomer hears the whole log.
  const late = await EventSocket.open(server, session.id, people.viewer.token, 0);
  await late.caughtUp();
  assert.ok(late.events.length > 0);
  assert.ok(!late.frames.some(({ type }) => type.startsWith('notes')));
  late.destroy();
});
