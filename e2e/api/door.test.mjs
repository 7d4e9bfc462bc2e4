// Waiting rooms and bans.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { cast, join, newGuest, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';

let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

const room = (fields = {}) => people.owner.client.session({ visibility: 'link', waiting_room: true, ...fields });
const invite = async (session, fields = { role: 'editor' }) =>
  (await people.owner.client.post(`/sessions/${session.id}/invites`, fields)).expect(201).body;
const joinBy = (user, session, token) => user.client.post(`/sessions/${session.id}/join`, { invite: token });
const waiting = async (session) =>
  (await people.owner.client.get(`/sessions/${session.id}/waiting`)).expect(200).body.items;
const admit = (session, user) => people.owner.client.post(`/sessions/${session.id}/waiting/${user.id}`);
const deny = (session, user) => people.owner.client.delete(`/sessions/${session.id}/waiting/${user.id}`);
const ban = (session, user, fields = {}, by = people.owner) =>
  by.client.post(`/sessions/${session.id}/bans`, { user_id: user.id, ...fields });

describe('a waiting room', () => {
  test('is closed unless asked for, and is opened and closed by admins', async () => {
    const session = await people.owner.client.session();
    assert.equal(session.waiting_room, false);
    const { body } = (await people.owner.client.patch(`/sessions/${session.id}`, { waiting_room: true })).expect(200);
    assert.equal(body.waiting_room, true);
    assertProblem(
      await people.owner.client.patch(`/sessions/${session.id}`, { waiting_room: 'yes' }),
      422,
      'waiting_room',
    );
  });

  test('shows nothing of the session to who waits, and everything once they are let in', async () => {
    const session = await room({ files: [{ path: 'main.py', content: 'secret' }] });
    const { token } = await invite(session);
    const user = await newUser(server, 'waits');
    assert.deepEqual((await joinBy(user, session, token)).expect(202).body, { waiting: true });
    assert.deepEqual((await joinBy(user, session, token)).expect(202).body, { waiting: true });
    for (const path of ['', '/files', '/files/main.py', '/participants', '/executions', '/waiting']) {
      assertProblem(await user.client.get(`/sessions/${session.id}${path}`), 404);
    }
    const list = await waiting(session);
    assert.deepEqual(
      list.map((one) => [one.user.id, one.role]),
      [[user.id, 'editor']],
    );
    (await admit(session, user)).expect(204);
    assert.equal((await user.client.get(`/sessions/${session.id}`)).expect(200).body.role, 'editor');
    assert.equal((await user.client.get(`/sessions/${session.id}/files/main.py`)).expect(200).text, 'secret');
    assert.deepEqual(await waiting(session), []);
    assertProblem(await admit(session, user), 404);
    const { items } = (await people.owner.client.get(`/sessions/${session.id}/invites`)).expect(200).body;
    assert.equal(items.find((one) => one.token === token).uses, 1, 'counted once');
  });

  test('turns people away, who may ask again', async () => {
    const session = await room();
    const { token } = await invite(session);
    const user = await newUser(server, 'denied');
    (await joinBy(user, session, token)).expect(202);
    (await deny(session, user)).expect(204);
    assertProblem(await deny(session, user), 404);
    assertProblem(await user.client.get(`/sessions/${session.id}`), 404);
    (await joinBy(user, session, token)).expect(202);
  });

  test('is left by who does not want to wait any longer', async () => {
    const session = await room();
    const { token } = await invite(session);
    const user = await newUser(server, 'impatient');
    (await joinBy(user, session, token)).expect(202);
    (await user.client.post(`/sessions/${session.id}/leave`)).expect(204);
    assert.deepEqual(await waiting(session), []);
    assertProblem(await user.client.post(`/sessions/${session.id}/leave`), 404);
  });

  test('lets in no more than the session takes', async () => {
    const session = await room({ max_participants: 2 });
    const { token } = await invite(session);
    const users = await Promise.all([0, 1].map((index) => newUser(server, `full${index}`)));
    for (const user of users) (await joinBy(user, session, token)).expect(202);
    (await admit(session, users[0])).expect(204);
    assertProblem(await admit(session, users[1]), 409);
    assert.equal((await waiting(session)).length, 1);
  });

  test('holds guests, who stay signed in while they wait', async () => {
    const session = await room();
    const guest = await newGuest(server, people.owner, session, 'Gina');
    assertProblem(await guest.client.get(`/sessions/${session.id}`), 404);
    (await joinBy(guest, session, guest.invite.token)).expect(202);
    const again = await new Client(server).post('/auth/refresh', { refresh_token: guest.refreshToken });
    again.expect(200);
    (await admit(session, guest)).expect(204);
    (await guest.client.get(`/sessions/${session.id}`)).expect(200);
  });

  test('once closed, lets in who asks again', async () => {
    const session = await room();
    const { token } = await invite(session, { role: 'viewer', max_uses: 1 });
    const user = await newUser(server, 'patient');
    (await joinBy(user, session, token)).expect(202);
    (await people.owner.client.patch(`/sessions/${session.id}`, { waiting_room: false })).expect(200);
    assert.equal((await joinBy(user, session, token)).expect(200).body.role, 'viewer');
  });
});

describe('a ban', () => {
  test('removes, holds against link and waiting room, and is lifted', async () => {
    const session = await people.owner.client.session({ visibility: 'link' });
    const { token } = await invite(session);
    const user = await newUser(server, 'banned');
    (await joinBy(user, session, token)).expect(200);
    const made = (await ban(session, user)).expect(201).body;
    assert.deepEqual([made.user.id, made.by.id], [user.id, people.owner.id]);
    assertProblem(await user.client.get(`/sessions/${session.id}`), 404);
    assertProblem(await joinBy(user, session, token), 403);
    const put = { role: 'viewer' };
    assertProblem(await people.owner.client.put(`/sessions/${session.id}/participants/${user.id}`, put), 409);
    (await people.owner.client.patch(`/sessions/${session.id}`, { waiting_room: true })).expect(200);
    assertProblem(await joinBy(user, session, token), 403);
    const { items } = (await people.owner.client.get(`/sessions/${session.id}/bans`)).expect(200).body;
    assert.deepEqual(items, [made]);
    (await people.owner.client.delete(`/sessions/${session.id}/bans/${user.id}`)).expect(204);
    assertProblem(await people.owner.client.delete(`/sessions/${session.id}/bans/${user.id}`), 404);
    (await joinBy(user, session, token)).expect(202);
  });

  test('closes a public session for one person, even for reading and forking', async () => {
    const session = await people.owner.client.session({ visibility: 'public' });
    const user = await newUser(server, 'loud');
    (await user.client.get(`/sessions/${session.id}`)).expect(200);
    (await ban(session, user)).expect(201);
    for (const path of ['', '/files', '/executions']) {
      assertProblem(await user.client.get(`/sessions/${session.id}${path}`), 403);
    }
    for (const path of ['/join', '/fork']) assertProblem(await user.client.post(`/sessions/${session.id}${path}`), 403);
    (await people.stranger.client.get(`/sessions/${session.id}`)).expect(200);
  });

  test('is for those below, and never for the owner or oneself', async () => {
    const { owner, admin, session } = people;
    const other = await newUser(server, 'otheradmin');
    await join(owner, session, other, 'admin');
    assertProblem(await ban(session, other, {}, admin), 403);
    assertProblem(await ban(session, owner, {}, admin), 403);
    assertProblem(await ban(session, admin, {}, admin), 422, 'user_id');
    assertProblem(await ban(session, owner), 422, 'user_id');
    assertProblem(await ban(session, { id: session.id }), 404);
    (await ban(session, other)).expect(201);
  });

  test('of a guest can take the link back that they came by', async () => {
    const session = await people.owner.client.session({ visibility: 'link' });
    const guest = await newGuest(server, people.owner, session, 'Eve');
    const other = await newGuest(server, people.owner, session, 'Gina');
    (await ban(session, guest, { delete_invite: true })).expect(201);
    const again = { invite: guest.invite.token, display_name: 'Somebody else' };
    assertProblem(await new Client(server).post('/auth/guest', again), 404);
    (await other.client.get(`/sessions/${session.id}`)).expect(200);
    assertProblem(await new Client(server).post('/auth/refresh', { refresh_token: guest.refreshToken }), 401);
  });
});
