// What people do on the events socket: chat, typing, presence, views, gathering; and what is done to frames that are wrong.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { EventSocket } from '../lib/events.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { until, within } from '../lib/until.mjs';

const VIEW = { file_id: 'main', top_line: 3, bottom_line: 40 };
const PLACE = { file_id: 'main', line: 12 };
/** A client that has said nothing for this long is gone, in ms (30 s, and some seconds in which it may come back). */
const KILLED = 35_000;

let server;
let people;
let session;

before(async () => {
  server = await Server.start();
  people = await cast(server, { visibility: 'public' });
  session = people.session;
});
after(() => server.stop());

const open = (user, room = session) => EventSocket.open(server, room.id, user.token);
const destroy = (...sockets) => sockets.forEach((socket) => socket.destroy());

/** Waits until everything that was whispered before has reached these sockets, or will not. */
async function settled(...sockets) {
  const place = { file_id: `sentinel-${crypto.randomUUID().slice(0, 8)}`, line: 1 };
  const sentinel = await open(people.editor);
  sentinel.send({ type: 'follow.gather', ...place });
  for (const socket of sockets) await socket.next('follow.gather', ({ file_id }) => file_id === place.file_id);
  sentinel.destroy();
}

test('a message that is sent by the socket is there, and its sender is told', async () => {
  const [viewer, owner] = [await open(people.viewer), await open(people.owner)];
  viewer.send({ type: 'chat.send', text: 'by socket', nonce: 'n-1' });
  const sent = await viewer.next('chat.sent', ({ nonce }) => nonce === 'n-1');
  const told = await owner.next('chat.message', ({ message }) => message.id === sent.message.id);
  assert.deepEqual(told.message, sent.message);
  assert.equal(sent.message.author.id, people.viewer.id);
  viewer.send({ type: 'chat.send', text: 'by socket', nonce: 'n-1' });
  await until(() => viewer.of('chat.sent').length === 2, 'the repetition is answered');
  assert.equal(viewer.of('chat.sent')[1].message.id, sent.message.id);
  destroy(viewer, owner);
});

test('typing is told to the others, not to one’s own windows, not too often, and is not kept', async () => {
  const [typist, window, other] = [await open(people.viewer), await open(people.viewer), await open(people.owner)];
  for (let index = 0; index < 15; index += 1) typist.send({ type: 'chat.typing' });
  const told = await other.next('chat.typing');
  assert.equal(told.by.id, people.viewer.id);
  assert.equal(told.seq, undefined);
  typist.send({ type: 'chat.send', text: 'done' });
  await typist.next('chat.sent');
  await settled(other, window);
  assert.equal(other.of('chat.typing').length, 10);
  assert.deepEqual(window.of('chat.typing'), []);
  const late = await open(people.admin);
  await late.caughtUp();
  assert.deepEqual(late.of('chat.typing'), []);
  destroy(typist, window, other, late);
});

test('others learn what one looks at, those who come later too', async () => {
  const [viewer, other] = [await open(people.viewer), await open(people.owner)];
  viewer.send({ type: 'presence.viewport', ...VIEW });
  const told = await other.next('presence.viewport');
  assert.equal(told.by.id, people.viewer.id);
  assert.deepEqual(Object.fromEntries(Object.keys(VIEW).map((key) => [key, told[key]])), VIEW);
  const late = await open(people.admin);
  const present = late.hello.present.find(({ user }) => user.id === people.viewer.id);
  assert.deepEqual(present.viewport, VIEW);
  await settled(viewer);
  assert.deepEqual(viewer.of('presence.viewport'), []);
  destroy(viewer, other, late);
});

test('editors gather, viewers do not, and nobody does so all the time', async () => {
  const [editor, viewer, owner] = [await open(people.editor), await open(people.viewer), await open(people.owner)];
  viewer.send({ type: 'follow.gather', ...PLACE });
  assert.equal((await viewer.next('error')).code, 'forbidden');
  editor.send({ type: 'follow.gather', ...PLACE });
  for (const socket of [viewer, owner]) {
    const told = await socket.next('follow.gather');
    assert.deepEqual([told.file_id, told.line, told.by.id], [PLACE.file_id, PLACE.line, people.editor.id]);
  }
  for (let index = 0; index < 5; index += 1) editor.send({ type: 'follow.gather', ...PLACE });
  assert.equal((await editor.next('error')).code, 'too-many');
  assert.equal(editor.of('follow.gather').length, 0);
  destroy(editor, viewer, owner);
});

test('each frame is done with the role of the moment', async () => {
  const room = await people.owner.client.session({ visibility: 'public' });
  await join(people.owner, room, people.editor, 'editor');
  const [editor, owner] = [await open(people.editor, room), await open(people.owner, room)];
  await join(people.owner, room, people.editor, 'viewer');
  editor.send({ type: 'follow.gather', ...PLACE });
  assert.equal((await editor.next('error')).code, 'forbidden');
  await join(people.owner, room, people.editor, 'editor');
  editor.send({ type: 'follow.gather', ...PLACE });
  await owner.next('follow.gather');
  // Out of a public session one still reads; and is not here any more.
  (await people.owner.client.delete(`/sessions/${room.id}/participants/${people.editor.id}`)).expect(204);
  editor.send({ type: 'chat.send', text: 'x', nonce: 'late' });
  assert.equal((await editor.next('error', ({ nonce }) => nonce === 'late')).code, 'forbidden');
  await owner.next('presence.left', ({ user_id }) => user_id === people.editor.id);
  destroy(editor, owner);
});

describe('who is here', () => {
  test('several windows are one person, who leaves with the last of them', async () => {
    const guest = await newUser(server, 'guest');
    await join(people.owner, session, guest, 'viewer');
    const owner = await open(people.owner);
    const windows = [await open(guest), await open(guest)];
    const mine = ({ user }) => user.id === guest.id;
    const joined = await owner.next('presence.joined', mine);
    assert.equal(joined.seq, undefined);
    assert.equal(windows[1].hello.present.filter(mine).length, 1);
    assert.equal(windows[1].hello.present.filter(({ user }) => user.id === people.owner.id).length, 1);
    windows[0].socket.close();
    await windows[0].closed;
    const third = await open(guest);
    windows[1].destroy();
    // Longer than it takes to be counted as gone: what ends first tells which.
    const left = owner
      .next('presence.left', ({ user_id }) => user_id === guest.id, 5_000)
      .then(
        () => 'left',
        () => 'here',
      );
    assert.equal(await left, 'here');
    third.destroy();
    await owner.next('presence.left', ({ user_id }) => user_id === guest.id);
    assert.equal(owner.of('presence.joined').filter(mine).length, 1);
    const later = await open(people.viewer);
    assert.equal(later.hello.present.some(mine), false);
    destroy(owner, later);
  });

  test('whoever reloads was never away', async () => {
    const guest = await newUser(server, 'reload');
    await join(people.owner, session, guest, 'viewer');
    const owner = await open(people.owner);
    for (let index = 0; index < 3; index += 1) (await open(guest)).destroy();
    const last = await open(guest);
    const mine = ({ user_id }) => user_id === guest.id;
    assert.equal(
      await owner.next('presence.left', mine, 5_000).then(
        () => 'left',
        () => 'here',
      ),
      'here',
    );
    destroy(owner, last);
  });

  test('readers of a public session are not', async () => {
    const stranger = await open(people.stranger);
    const owner = await open(people.owner);
    assert.ok(stranger.hello.present.every(({ user }) => user.id !== people.stranger.id));
    assert.ok(owner.hello.present.every(({ user }) => user.id !== people.stranger.id));
    (await people.stranger.client.post(`/sessions/${session.id}/join`)).expect(200);
    await owner.next('presence.joined', ({ user }) => user.id === people.stranger.id);
    (await people.stranger.client.post(`/sessions/${session.id}/leave`)).expect(204);
    await owner.next('presence.left', ({ user_id }) => user_id === people.stranger.id);
    destroy(stranger, owner);
  });

  test('a client that died without a word is gone in time', async () => {
    const guest = await newUser(server, 'killed');
    await join(people.owner, session, guest, 'viewer');
    const [owner, killed] = [await open(people.owner), await open(guest)];
    killed.socket.pause();
    await owner.next('presence.left', ({ user_id }) => user_id === guest.id, KILLED);
    destroy(owner, killed);
  });
});

describe('frames that are wrong', () => {
  test('are answered with what is wrong, and the connection stays', async () => {
    const socket = await open(people.editor);
    for (const [frame, field] of [
      ['null', 'frame'],
      ['[]', 'frame'],
      ['7', 'frame'],
      [{}, 'frame'],
      [{ type: 'nonsense' }, 'frame'],
      [{ type: 'chat.message', text: 'forged' }, 'frame'],
      [{ type: 'presence.joined' }, 'frame'],
      [{ type: 'chat.send' }, 'frame'],
      [{ type: 'chat.send', text: 5 }, 'frame'],
      [{ type: 'chat.send', text: 'x', by: people.owner.id }, 'frame'],
      [{ type: 'chat.typing', by: people.owner.id }, 'frame'],
      [{ type: 'chat.send', text: '' }, 'text'],
      [{ type: 'chat.send', text: 'x'.repeat(4_097) }, 'text'],
      [{ type: 'chat.send', text: 'x', nonce: '' }, 'nonce'],
      [{ type: 'presence.viewport', ...VIEW, file_id: '' }, 'file_id'],
      [{ type: 'presence.viewport', ...VIEW, file_id: 'x'.repeat(65) }, 'file_id'],
      [{ type: 'presence.viewport', ...VIEW, top_line: 0 }, 'top_line'],
      [{ type: 'presence.viewport', ...VIEW, bottom_line: 2 }, 'bottom_line'],
      [{ type: 'presence.viewport', ...VIEW, bottom_line: 4_000_000_000 }, 'bottom_line'],
      [{ type: 'presence.viewport', ...VIEW, top_line: -1 }, 'frame'],
      [{ type: 'follow.gather', ...PLACE, line: 0 }, 'line'],
      [{ type: 'follow.gather', ...PLACE, line: 1.5 }, 'frame'],
      [{ type: 'follow.gather', ...PLACE, to: people.viewer.id }, 'frame'],
    ]) {
      const before = socket.of('error').length;
      socket.send(frame);
      const shown = JSON.stringify(frame).slice(0, 80);
      const answer = await until(() => socket.of('error')[before], `${shown} is answered`);
      assert.equal(answer.code, 'invalid', shown);
      assert.deepEqual(
        answer.errors.map((error) => error.field),
        [field],
        shown,
      );
    }
    socket.send({ type: 'chat.send', text: 'still here' });
    await socket.next('chat.sent');
    socket.destroy();
  });

  for (const [name, frame, code] of [
    ['text that is not JSON', '{"type":', 4400],
    ['two values', '{"type":"chat.typing"} {}', 4400],
    ['bytes', Buffer.from('{"type":"chat.typing"}'), 4400],
    ['nothing', '', 4400],
    ['more than 16 KiB', JSON.stringify({ type: 'chat.send', text: 'x'.repeat(20_000) }), 4413],
  ]) {
    test(`${name} ends the connection with ${code}, and others do not notice`, async () => {
      const [socket, other] = [await open(people.editor), await open(people.viewer)];
      socket.send(frame);
      assert.equal(await socket.code(), code);
      other.send({ type: 'chat.send', text: 'unimpressed' });
      await other.next('chat.sent');
      other.destroy();
    });
  }

  test('a flood is refused, and ends the connection if it goes on', async () => {
    const [socket, other] = [await open(people.editor), await open(people.viewer)];
    for (let index = 0; index < 1_000; index += 1) socket.send({ type: 'presence.viewport', ...VIEW, top_line: 1 });
    assert.equal(await socket.code(), 1008);
    assert.ok(socket.of('error').some(({ code }) => code === 'too-many'));
    assert.ok(other.of('presence.viewport').length < 60, 'most was not passed on');
    other.destroy();
  });
});

test('every frame that is sent stands in the AsyncAPI document', async () => {
  const document = (await new Client(server).get('/asyncapi.json')).expect(200).body;
  assert.match(document.asyncapi, /^3\./);
  const known = Object.keys(document.components.messages)
    .filter((key) => key.startsWith('sessionEvents.server.'))
    .map((key) => key.slice('sessionEvents.server.'.length));
  const socket = await open(people.admin);
  await socket.caughtUp();
  socket.send({ type: 'chat.send', text: 'x' });
  socket.send({ type: 'nonsense' });
  await within(Promise.all([socket.next('chat.sent'), socket.next('error')]), 'both are answered');
  const seen = new Set(socket.frames.map(({ type }) => type));
  assert.ok(seen.size > 5);
  for (const type of seen) assert.ok(known.includes(type), type);
  socket.destroy();
});
