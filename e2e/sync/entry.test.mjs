// Waiting to be let in, being kept out, other owners and ended logins: what open sockets notice, and when.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { after, before, describe, test } from 'node:test';

import WebSocket from 'ws';

import { EventSocket } from '../lib/events.mjs';
import { cast, join, newGuest, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { LIVE, until, within } from '../lib/until.mjs';

let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

/** Somebody's place at the door: what it is told, and how it ends. */
class Entry {
  frames = [];

  constructor(session, user) {
    const query = new URLSearchParams({ token: user.token });
    this.socket = new WebSocket(`${server.sockets}/sessions/${session.id}/entry?${query}`);
    this.socket.on('message', (data) => this.frames.push(JSON.parse(data.toString())));
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
  }

  code(timeout = LIVE) {
    return within(this.closed, 'the door closes', timeout);
  }

  waits() {
    return until(() => this.frames[0]?.type === 'waiting', 'the door says that one waits');
  }
}

const owner = () => people.owner.client;
const room = () => owner().session({ visibility: 'link', waiting_room: true });

/** Somebody who waits, with a link of their own. */
async function waitFor(session, user) {
  const { token } = (await owner().post(`/sessions/${session.id}/invites`, { role: 'editor' })).expect(201).body;
  (await user.client.post(`/sessions/${session.id}/join`, { invite: token })).expect(202);
  const entry = new Entry(session, user);
  await entry.waits();
  return entry;
}

describe('who waits', () => {
  test('is seen waiting, and hears at once of being let in', async () => {
    const session = await room();
    const host = await EventSocket.open(server, session.id, people.owner.token);
    const user = await newUser(server, 'waits', 'Wanda');
    const entry = await waitFor(session, user);
    const asks = await host.next('participant.waiting');
    assert.equal(asks.waiting.user.display_name, 'Wanda');
    (await owner().post(`/sessions/${session.id}/waiting/${user.id}`)).expect(204);
    assert.equal(await entry.code(), 1000);
    assert.deepEqual(entry.frames, [{ type: 'waiting' }, { type: 'admitted', role: 'editor' }]);
    await host.next('participant.admitted', ({ user_id }) => user_id === user.id);
    await host.next('participant.joined', ({ participant }) => participant.user.id === user.id);
    const client = await StockClient.open(server, session.id, user.token);
    client.destroy();
    host.destroy();
  });

  test('hears at once of being turned away, banned, and of the session’s end', async () => {
    const ends = {
      'participant.denied': [4403, (session, user) => owner().delete(`/sessions/${session.id}/waiting/${user.id}`)],
      'participant.banned': [
        4403,
        (session, user) => owner().post(`/sessions/${session.id}/bans`, { user_id: user.id }),
      ],
      'session.deleted': [4404, (session) => owner().delete(`/sessions/${session.id}`)],
    };
    for (const [event, [code, end]] of Object.entries(ends)) {
      const session = await room();
      const host = await EventSocket.open(server, session.id, people.owner.token);
      const user = await newUser(server, 'unlucky');
      const entry = await waitFor(session, user);
      assert.ok((await end(session, user)).status < 300);
      assert.equal(await entry.code(), code, event);
      await host.next(event);
      assert.deepEqual(entry.frames, [{ type: 'waiting' }]);
      host.destroy();
    }
  });

  test('is not let into the document or the events meanwhile, guest or not', async () => {
    const session = await room();
    const user = await newUser(server, 'eager');
    await waitFor(session, user);
    const guest = await newGuest(server, people.owner, session);
    for (const one of [user, guest]) {
      const client = new StockClient(server, session.id, one.token);
      assert.equal(await client.closed(), 4404);
      client.destroy();
      const events = new EventSocket(server, session.id, one.token);
      assert.equal(await events.code(), 4404);
      assert.deepEqual(events.frames, []);
    }
  });

  test('is heard of no more with the end of the login', async () => {
    const session = await room();
    const user = await newUser(server, 'loggedout');
    const entry = await waitFor(session, user);
    (await user.client.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
    assert.equal(await entry.code(), 4401);
  });

  test('need not: who is in already is told so', async () => {
    const entry = new Entry(people.session, people.viewer);
    assert.equal(await entry.code(), 1000);
    assert.deepEqual(entry.frames, [{ type: 'admitted', role: 'viewer' }]);
  });
});

describe('a ban', () => {
  for (const visibility of ['link', 'public']) {
    test(`closes all sockets of a ${visibility} session with 4403`, async () => {
      const session = await owner().session({ visibility });
      const user = await newUser(server, 'banned');
      await join(people.owner, session, user, 'editor');
      const client = await StockClient.open(server, session.id, user.token);
      const events = await EventSocket.open(server, session.id, user.token);
      (await owner().post(`/sessions/${session.id}/bans`, { user_id: user.id })).expect(201);
      assert.equal(await client.closed(LIVE), 4403);
      assert.equal(await events.code(LIVE), 4403);
      client.destroy();
    });
  }

  test('closes those of a mere reader and of a guest, too', async () => {
    const session = await owner().session({ visibility: 'public' });
    const guest = await newGuest(server, people.owner, session);
    for (const user of [await newUser(server, 'reader'), guest]) {
      const client = await StockClient.open(server, session.id, user.token);
      (await owner().post(`/sessions/${session.id}/bans`, { user_id: user.id })).expect(201);
      assert.equal(await client.closed(LIVE), 4403);
      client.destroy();
    }
  });
});

test('a guest types, and is shown as a guest', async () => {
  const session = await owner().session({ visibility: 'link', files: [{ path: 'main.py', content: '' }] });
  const guest = await newGuest(server, people.owner, session, 'Gina');
  const [host, client] = [
    await StockClient.open(server, session.id, people.owner.token),
    await StockClient.open(server, session.id, guest.token),
  ];
  client.awareness.setLocalStateField('user', { id: people.owner.id, name: 'Owner' });
  client.text().insert(0, 'by a guest');
  await until(() => host.read() === 'by a guest', 'the edit arrives');
  await until(() => host.others().some(({ user }) => user?.name === 'Gina (guest)'), 'the guest is shown');
  for (const one of [host, client]) one.destroy();
});

test('handing over changes both people’s rights while they are connected', async () => {
  const session = await owner().session({ files: [{ path: 'main.py', content: '' }] });
  const heir = await newUser(server, 'heir');
  await join(people.owner, session, heir, 'viewer');
  const events = await EventSocket.open(server, session.id, people.owner.token);
  const [mine, theirs] = [
    await StockClient.open(server, session.id, people.owner.token),
    await StockClient.open(server, session.id, heir.token),
  ];
  (await owner().post(`/sessions/${session.id}/owner`, { user_id: heir.id })).expect(200);
  await events.next('participant.role_changed', ({ user_id, role }) => user_id === heir.id && role === 'owner', LIVE);
  await events.next('session.updated', ({ session: now }) => now.owner_id === heir.id, LIVE);
  theirs.text().insert(0, 'by the heir');
  await until(() => mine.read() === 'by the heir', 'a viewer who became the owner edits', LIVE);
  (await heir.client.delete(`/sessions/${session.id}/participants/${people.owner.id}`)).expect(204);
  assert.equal(await mine.closed(LIVE), 4403);
  for (const socket of [mine, theirs, events]) socket.destroy();
});

test('a restored session opens again for those who were in it', async () => {
  const session = await owner().session({ files: [{ path: 'main.py', content: 'kept' }] });
  await join(people.owner, session, people.viewer, 'viewer');
  (await owner().delete(`/sessions/${session.id}`)).expect(204);
  (await owner().post(`/sessions/${session.id}/restore`)).expect(200);
  const client = await StockClient.open(server, session.id, people.viewer.token);
  assert.equal(client.read(), 'kept');
  client.destroy();
});

test('a token that expires closes what it opened with 4401', async () => {
  const [header, claims] = people.editor.token.split('.');
  const soon = { ...JSON.parse(Buffer.from(claims, 'base64url')), exp: Math.floor(Date.now() / 1000) + 3 };
  const signed = `${header}.${Buffer.from(JSON.stringify(soon)).toString('base64url')}`;
  const token = `${signed}.${createHmac('sha256', tokenKey()).update(signed).digest('base64url')}`;
  const client = await StockClient.open(server, people.session.id, token);
  const events = await EventSocket.open(server, people.session.id, token);
  assert.equal(await client.closed(), 4401);
  assert.equal(await events.code(), 4401);
  assert.ok(Date.now() >= soon.exp * 1000, 'and not before');
  client.destroy();
});

/** The key that the server under test signs tokens with. */
function tokenKey() {
  return readFileSync(path(server.dataDir, 'token.key'));
}
