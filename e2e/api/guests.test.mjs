// Guests: in one session by a link and a name, and nowhere else.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { cast, join, newGuest } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';

let server;
let people;
let session;

before(async () => {
  server = await Server.start();
  people = await cast(server);
  session = await people.owner.client.session({ visibility: 'link', title: 'Open to guests' });
});
after(() => server.stop());

const enter = (invite, display_name = 'Gina') => new Client(server).post('/auth/guest', { invite, display_name });
const invite = async (fields = { role: 'editor' }, to = session) =>
  (await people.owner.client.post(`/sessions/${to.id}/invites`, fields)).expect(201).body;
const refresh = (guest) => new Client(server).post('/auth/refresh', { refresh_token: guest.refreshToken });

test('a guest is in with a name and one request, and is marked as one wherever they show', async () => {
  const guest = await newGuest(server, people.owner, session, 'Gina');
  assert.equal(guest.guest_of, session.id);
  const me = (await guest.client.get('/me')).expect(200).body;
  assert.equal(me.display_name, 'Gina (guest)');
  assert.equal((await guest.client.get(`/sessions/${session.id}`)).expect(200).body.role, 'editor');
  const { items } = (await people.owner.client.get(`/sessions/${session.id}/participants`)).expect(200).body;
  const row = items.find(({ user }) => user.id === guest.id);
  assert.equal(row.user.guest, true);
  assert.equal(row.user.display_name, 'Gina (guest)');
  assert.equal(items.find(({ user }) => user.id === people.owner.id).user.guest, false);
  const run = { language: 'python', code: 'print(6 * 7)', session_id: session.id };
  const { body } = (await guest.client.post('/executions?wait=true', run)).expect(200);
  assert.equal(body.run.stdout, '42\n');
  assert.equal(body.user.guest, true);
});

test('an invite gives guests its role, and never more than editing', async () => {
  for (const [given, role] of [
    ['viewer', 'viewer'],
    ['editor', 'editor'],
    ['admin', 'editor'],
  ]) {
    const guest = await newGuest(server, people.owner, session, 'Gina', given);
    assert.equal((await guest.client.get(`/sessions/${session.id}`)).expect(200).body.role, role);
    const path = `/sessions/${session.id}/participants/${guest.id}`;
    assertProblem(await people.owner.client.put(path, { role: 'admin' }), 422, 'role');
    (await people.owner.client.put(path, { role: 'viewer' })).expect(200);
    assertProblem(
      await people.owner.client.post(`/sessions/${session.id}/owner`, { user_id: guest.id }),
      422,
      'user_id',
    );
  }
});

test('a guest does not exist for other sessions, and they not for the guest', async () => {
  const guest = await newGuest(server, people.owner, session);
  const open = await people.owner.client.session({ visibility: 'public' });
  const { token } = await invite({ role: 'editor' }, open);
  for (const path of ['', '/files', '/participants', '/executions']) {
    assertProblem(await guest.client.get(`/sessions/${open.id}${path}`), 404);
  }
  assertProblem(await guest.client.post(`/sessions/${open.id}/join`, { invite: token }), 404);
  assertProblem(
    await people.owner.client.put(`/sessions/${open.id}/participants/${guest.id}`, { role: 'viewer' }),
    404,
  );
  assertProblem(await people.owner.client.post(`/sessions/${open.id}/bans`, { user_id: guest.id }), 404);
  const run = { language: 'python', code: 'print(1)' };
  const { id } = (await people.owner.client.post('/executions', { ...run, session_id: open.id })).expect(202).body;
  assertProblem(await guest.client.get(`/executions/${id}`), 404);
  assertProblem(await guest.client.post('/executions', run), 422, 'session_id');
  assertProblem(await guest.client.post('/executions', { ...run, session_id: open.id }), 422, 'session_id');
});

test('guests count as uses and participants', async () => {
  const { token } = await invite({ role: 'editor', max_uses: 1 });
  (await enter(token)).expect(201);
  assertProblem(await enter(token, 'Hugo'), 410);
  const small = await people.owner.client.session({ visibility: 'link', max_participants: 1 });
  assertProblem(await enter((await invite({ role: 'viewer' }, small)).token), 409);
});

describe('no guest comes', () => {
  test('without an invite that works', async () => {
    for (const token of ['', 'made-up', '../x', 'x'.repeat(5_000), 'a\u0000b']) assertProblem(await enter(token), 404);
    const { id, token } = await invite();
    (await people.owner.client.delete(`/sessions/${session.id}/invites/${id}`)).expect(204);
    assertProblem(await enter(token), 404);
  });

  test('into a private or a deleted session', async () => {
    const other = await people.owner.client.session({ visibility: 'private' });
    const { token } = await invite({ role: 'editor' }, other);
    assertProblem(await enter(token), 404);
    (await people.owner.client.patch(`/sessions/${other.id}`, { visibility: 'link' })).expect(200);
    (await enter(token)).expect(201);
    (await people.owner.client.delete(`/sessions/${other.id}`)).expect(204);
    assertProblem(await enter(token), 404);
  });
});

describe('a guest’s login', () => {
  test('is refreshed, and its token used twice ends it', async () => {
    const guest = await newGuest(server, people.owner, session);
    const next = (await refresh(guest)).expect(200);
    assert.equal(next.body.user.id, guest.id);
    assert.match(next.headers.get('set-cookie'), /Max-Age=86400\b/);
    assertProblem(await refresh(guest), 401);
    assertProblem(await new Client(server, next.body.access_token).get('/me'), 401);
  });

  test('ends with being removed', async () => {
    const guest = await newGuest(server, people.owner, session);
    (await people.owner.client.delete(`/sessions/${session.id}/participants/${guest.id}`)).expect(204);
    assertProblem(await guest.client.get(`/sessions/${session.id}`), 404);
    assertProblem(await refresh(guest), 401);
  });

  test('ends with the session', async () => {
    const other = await people.owner.client.session({ visibility: 'link' });
    const guest = await newGuest(server, people.owner, other);
    (await people.owner.client.delete(`/sessions/${other.id}`)).expect(204);
    assertProblem(await refresh(guest), 401);
  });

  test('has no password', async () => {
    const guest = await newGuest(server, people.owner, session);
    for (const login of [guest.username, guest.email]) {
      assertProblem(await new Client(server).post('/auth/login', { login, password: '' }), 401);
    }
  });
});

test('an account can be in where guests are, under the same name', async () => {
  const guest = await newGuest(server, people.owner, session, 'Viewer');
  await join(people.owner, session, people.viewer, 'viewer');
  const { items } = (await guest.client.get(`/sessions/${session.id}/participants`)).expect(200).body;
  const names = items.map(({ user }) => user.display_name);
  assert.ok(names.includes('viewer') && names.includes('Viewer (guest)'));
});
