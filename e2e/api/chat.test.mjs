// The chat of a session: written, read, edited and deleted, by whom, and what the session itself tells in it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EventSocket } from '../lib/events.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const NONE = '01890a5d-ac96-774b-bcce-b302099a8057';
let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

/** A new session with everybody in it, and short ways to its chat. */
async function room(fields = {}) {
  const session = await people.owner.client.session(fields);
  for (const role of ['admin', 'editor', 'viewer']) await join(people.owner, session, people[role], role);
  const path = `/sessions/${session.id}/messages`;
  const say = async (who, text, more = {}) => (await people[who].client.post(path, { text, ...more })).expect(201).body;
  const list = async (who = 'owner', query = '') => (await people[who].client.get(path + query)).expect(200).body;
  const texts = async () => (await list()).items.filter(({ kind }) => kind === 'text');
  return { session, path, say, list, texts };
}

test('what is written is stored as it is, and told to everybody', async () => {
  const { session, say, texts } = await room();
  const events = await EventSocket.open(server, session.id, people.editor.token);
  const text = '  <script>alert(1)</script> &amp; "\\ 漢字 👩‍💻\n\t`code` https://example.org  ';
  const message = await say('viewer', text);
  assert.deepEqual([message.kind, message.text, message.mentions], ['text', text, []]);
  assert.equal(message.author.id, people.viewer.id);
  assert.match(message.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  const told = await events.next('chat.message', ({ message: { id } }) => id === message.id);
  assert.deepEqual(told.message, message);
  assert.equal(typeof told.seq, 'number');
  assert.deepEqual(await texts(), [message]);
  events.destroy();
});

test('the longest message is taken, and one byte more is not', async () => {
  const { path, say } = await room();
  assert.equal((await say('viewer', 'é'.repeat(2_048))).text.length, 2_048);
  const answer = assertProblem(await people.viewer.client.post(path, { text: `${'é'.repeat(2_048)}x` }), 422, 'text');
  assert.match(answer.text, /4096/);
});

test('messages come newest first, in parts that make up the whole', async () => {
  const { say, list, texts } = await room();
  const written = [];
  for (let index = 0; index < 7; index += 1) written.unshift((await say('editor', `${index}`)).id);
  assert.deepEqual(
    (await texts()).map(({ id }) => id),
    written,
  );
  const seen = [];
  let cursor = null;
  do {
    const part = await list('viewer', `?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
    assert.ok(part.items.length <= 3);
    seen.push(...part.items.map(({ id }) => id));
    cursor = part.next_cursor;
  } while (cursor !== null);
  assert.deepEqual(
    seen,
    (await list()).items.map(({ id }) => id),
  );
});

test('a message that is sent again under its nonce is there once', async () => {
  const { path, say, texts } = await room();
  const first = await say('editor', 'once', { nonce: 'n-1' });
  const again = (await people.editor.client.post(path, { text: 'once', nonce: 'n-1' })).expect(200).body;
  assert.equal(again.id, first.id);
  await say('viewer', 'mine', { nonce: 'n-1' });
  assert.equal((await texts()).length, 2);
});

test('authors edit and delete what is theirs; admins delete what anybody wrote', async () => {
  const { session, path, say, texts } = await room();
  const events = await EventSocket.open(server, session.id, people.viewer.token);
  const message = await say('editor', 'first');
  for (const who of ['owner', 'admin', 'viewer']) {
    assertProblem(await people[who].client.patch(`${path}/${message.id}`, { text: 'forged' }), 403);
  }
  const edited = (await people.editor.client.patch(`${path}/${message.id}`, { text: 'second' })).expect(200).body;
  assert.equal(edited.text, 'second');
  assert.ok(edited.edited_at >= edited.created_at);
  assert.deepEqual((await events.next('chat.edited')).message, edited);

  assertProblem(await people.viewer.client.delete(`${path}/${message.id}`), 403);
  (await people.editor.client.delete(`${path}/${message.id}`)).expect(204);
  assert.equal((await events.next('chat.deleted')).message_id, message.id);
  (await people.editor.client.delete(`${path}/${message.id}`)).expect(204);
  assert.equal(events.of('chat.deleted').length, 1);
  assertProblem(await people.editor.client.patch(`${path}/${message.id}`, { text: 'back' }), 410);
  const [left] = await texts();
  assert.deepEqual([left.text, left.mentions, left.id], ['', [], message.id]);
  assert.ok(left.deleted_at);

  const other = await say('viewer', 'rude');
  (await people.admin.client.delete(`${path}/${other.id}`)).expect(204);
  const deleted = await events.next('chat.deleted', ({ message_id }) => message_id === other.id);
  assert.equal(deleted.by.id, people.admin.id);
  events.destroy();
});

test('messages are those of one session', async () => {
  const [here, there] = [await room(), await room()];
  const message = await here.say('editor', 'here');
  for (const id of [message.id, NONE]) {
    assertProblem(await people.editor.client.patch(`${there.path}/${id}`, { text: 'x' }), 404);
    assertProblem(await people.editor.client.delete(`${there.path}/${id}`), 404);
    assertProblem(await people.editor.client.put(`${there.path}/read`, { message_id: id }), 422, 'message_id');
  }
  assertProblem(await people.editor.client.patch(`${here.path}/nonsense`, { text: 'x' }), 400);
});

test('strangers read the chat of a public session and do not write', async () => {
  const { session, path, say, list } = await room({ visibility: 'public' });
  const message = await say('owner', 'for all');
  const seen = await list('stranger');
  assert.ok(seen.items.some(({ id }) => id === message.id));
  assert.equal(seen.unread, null);
  assertProblem(await people.stranger.client.post(path, { text: 'x' }), 403);
  const socket = await EventSocket.open(server, session.id, people.stranger.token);
  socket.send({ type: 'chat.send', text: 'x', nonce: 'n' });
  const refused = await socket.next('error');
  assert.deepEqual([refused.code, refused.nonce], ['forbidden', 'n']);
  socket.destroy();
});

test('whoever was removed neither reads nor writes nor edits', async () => {
  const { session, path, say } = await room();
  const message = await say('viewer', 'mine');
  (await people.owner.client.delete(`/sessions/${session.id}/participants/${people.viewer.id}`)).expect(204);
  assertProblem(await people.viewer.client.get(path), 404);
  assertProblem(await people.viewer.client.post(path, { text: 'x' }), 404);
  assertProblem(await people.viewer.client.patch(`${path}/${message.id}`, { text: 'x' }), 404);
  assertProblem(await people.viewer.client.delete(`${path}/${message.id}`), 404);
});

test('the server finds out who is named: participants only', async () => {
  const { path, say } = await room();
  const { editor, viewer, stranger } = people;
  const text = `@${editor.username.toUpperCase()}, see me@${viewer.username} and @${stranger.username}!`;
  const message = await say('owner', text);
  assert.deepEqual(message.mentions, [editor.id]);
  const edited = (await people.owner.client.patch(`${path}/${message.id}`, { text: `@${viewer.username}-` })).body;
  assert.deepEqual(edited.mentions, [viewer.id]);
});

test('unread messages are counted per person, and all windows learn what was read', async () => {
  const { session, path, say, list } = await room();
  const windows = [];
  for (let index = 0; index < 2; index += 1) {
    windows.push(await EventSocket.open(server, session.id, people.viewer.token));
  }
  const other = await EventSocket.open(server, session.id, people.editor.token);
  await say('viewer', 'my own');
  await say('owner', 'one');
  const named = await say('owner', `@${people.viewer.username} two`);
  const last = await say('editor', 'three');
  assert.deepEqual((await list('viewer')).unread, { messages: 3, mentions: 1, last_read: null });
  assert.deepEqual((await list('editor')).unread, { messages: 3, mentions: 0, last_read: null });
  const read = (await people.viewer.client.put(`${path}/read`, { message_id: named.id })).expect(200).body;
  assert.deepEqual(read, { messages: 1, mentions: 0, last_read: named.id });
  for (const window of windows) assert.deepEqual((await window.next('chat.read')).unread, read);
  (await people.viewer.client.put(`${path}/read`, { message_id: last.id })).expect(200);
  (await people.viewer.client.put(`${path}/read`, { message_id: named.id })).expect(200);
  assert.deepEqual((await list('viewer')).unread, { messages: 0, mentions: 0, last_read: last.id });
  const sentinel = await say('owner', 'after');
  await other.next('chat.message', ({ message }) => message.id === sentinel.id);
  assert.deepEqual(other.of('chat.read'), [], 'nobody else is told');
  for (const socket of [...windows, other]) socket.destroy();
});

test('joins, roles, leaving and removal stand in the chat, and nobody changes these lines', async () => {
  const { session, path, list } = await room();
  const [guest, second] = [await newUser(server, 'guest'), await newUser(server, 'second')];
  await join(people.owner, session, guest, 'viewer');
  await join(people.admin, session, guest, 'editor');
  (await guest.client.post(`/sessions/${session.id}/leave`)).expect(204);
  await join(people.owner, session, second, 'viewer');
  (await people.owner.client.delete(`/sessions/${session.id}/participants/${second.id}`)).expect(204);
  const lines = (await list()).items.filter(({ kind }) => kind === 'system').reverse();
  const told = lines.slice(3).map(({ line, author }) => [line.type, line.user.id, line.role ?? null, author.id]);
  assert.deepEqual(told, [
    ['joined', guest.id, 'viewer', people.owner.id],
    ['role_changed', guest.id, 'editor', people.admin.id],
    ['left', guest.id, null, guest.id],
    ['joined', second.id, 'viewer', people.owner.id],
    ['removed', second.id, null, people.owner.id],
  ]);
  for (const who of ['owner', 'admin']) {
    assertProblem(await people[who].client.patch(`${path}/${lines[0].id}`, { text: 'x' }), 403);
    assertProblem(await people[who].client.delete(`${path}/${lines[0].id}`), 403);
  }
  assert.equal((await list('viewer')).unread.messages, 0, 'lines are not unread');
});

test('a run is one line, with how it ended once it has', async () => {
  const { session, list } = await room();
  const run = (code) => people.editor.client.run({ language: 'python', code, session_id: session.id });
  const [good, bad] = [await run('print(1)'), await run('raise SystemExit(3)')];
  await people.editor.client.run({ language: 'python', code: 'print("elsewhere")' });
  const lines = (await list()).items.filter(({ line }) => line?.type === 'run');
  assert.deepEqual(
    lines.map(({ id, author, line }) => [id, author.id, line.execution_id, line.language, line.outcome]),
    [
      [bad.id, people.editor.id, bad.id, 'python', 'runtime_error'],
      [good.id, people.editor.id, good.id, 'python', 'ok'],
    ],
  );
});

test('what was written is there after a crash', async () => {
  const { say, list } = await room();
  const message = await say('editor', 'durable');
  await server.kill();
  await server.restart();
  await until(async () => (await list()).items.some(({ id }) => id === message.id), 'the message is there');
});
