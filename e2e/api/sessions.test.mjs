// Sessions: making, finding, changing, joining and leaving them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { cast, join, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

const invite = async (session, fields = { role: 'editor' }) =>
  (await people.owner.client.post(`/sessions/${session.id}/invites`, fields)).expect(201).body;
const joinBy = (user, session, token) => user.client.post(`/sessions/${session.id}/join`, { invite: token });

test('a session is made with its files, and read back as it was made', async () => {
  const { owner } = people;
  const fields = {
    title: ' Sorting ',
    language: 'py',
    description: 'All of it\nat once',
    visibility: 'link',
    files: [
      { path: 'main.py', content: 'print(1)\n' },
      { path: 'util/größe.py', content: '# 🦀\r\n' },
    ],
    max_participants: 12,
  };
  const made = (await owner.client.post('/sessions', fields)).expect(201);
  assert.equal(made.body.title, 'Sorting');
  assert.equal(made.body.language, 'python', 'an alias becomes the language');
  assert.equal(made.body.description, fields.description);
  assert.equal(made.body.visibility, 'link');
  assert.equal(made.body.max_participants, 12);
  assert.equal(made.body.owner.id, owner.id);
  assert.equal(made.body.owner_id, owner.id);
  assert.equal(made.body.role, 'owner');
  assert.deepEqual((await owner.client.get(`/sessions/${made.body.id}`)).expect(200).body, made.body);
  const files = (await owner.client.get(`/sessions/${made.body.id}/files`)).expect(200).body.items;
  assert.deepEqual(files, fields.files);
  const path = `/sessions/${made.body.id}/files/util/${encodeURIComponent('größe.py')}`;
  assert.equal((await owner.client.get(path)).expect(200).text, '# 🦀\r\n');
  assertProblem(await owner.client.get(`/sessions/${made.body.id}/files/none.py`), 404);
});

test('a session needs no more than a title and a language', async () => {
  const { body } = (await people.owner.client.post('/sessions', { title: 'Bare', language: 'c' })).expect(201);
  assert.equal(body.visibility, 'private');
  assert.equal(body.forked_from, null);
});

describe('the list', () => {
  test('pages through my sessions, newest first, each once', async () => {
    const user = await newUser(server, 'lister');
    const made = [];
    for (let index = 0; index < 7; index += 1) made.unshift((await user.client.session({ title: `No. ${index}` })).id);
    const seen = [];
    let cursor = '';
    for (let page = 0; page < 4; page += 1) {
      const query = `?scope=mine&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const { body } = (await user.client.get(`/sessions${query}`)).expect(200);
      seen.push(...body.items.map(({ id }) => id));
      assert.equal(body.next_cursor === null, page === 3);
      cursor = body.next_cursor;
    }
    assert.deepEqual(seen, made);
  });

  test('shows where I take part, and to strangers only what is public', async () => {
    const open = await people.owner.client.session({ title: 'Everybody may see', visibility: 'public' });
    const ids = async (user, scope) =>
      (await user.client.get(`/sessions?scope=${scope}&limit=100`)).expect(200).body.items.map(({ id }) => id);
    assert.ok((await ids(people.viewer, 'mine')).includes(people.session.id));
    assert.ok(!(await ids(people.stranger, 'mine')).includes(open.id));
    const shown = await ids(people.stranger, 'public');
    assert.ok(shown.includes(open.id));
    assert.ok(!shown.includes(people.session.id));
  });

  test('finds by words of the title, whatever their case, and takes no wildcard for one', async () => {
    const user = await newUser(server, 'finder');
    const wanted = await user.client.session({ title: '100% Größe_A' });
    await user.client.session({ title: '100 Other' });
    const find = async (q) =>
      (await user.client.get(`/sessions?scope=mine&q=${encodeURIComponent(q)}`)).expect(200).body.items;
    for (const q of ['größe', '100%', 'e_a', 'Größe_A']) {
      assert.deepEqual(
        (await find(q)).map(({ id }) => id),
        [wanted.id],
        q,
      );
    }
    for (const q of ['%%%', "' OR 1=1 --", 'nothing']) assert.deepEqual(await find(q), [], q);
  });
});

test('settings change one by one, and nothing else with them', async () => {
  const session = await people.owner.client.session({ title: 'Before', description: 'kept' });
  const { body } = (await people.owner.client.patch(`/sessions/${session.id}`, { title: 'After' })).expect(200);
  assert.deepEqual({ ...body, updated_at: '' }, { ...session, title: 'After', updated_at: '' });
});

test('a deleted session is gone for everybody, its list and its runs too', async () => {
  const { owner, viewer } = people;
  const session = await owner.client.session();
  await join(owner, session, viewer, 'viewer');
  (await owner.client.delete(`/sessions/${session.id}`)).expect(204);
  for (const user of [owner, viewer]) {
    assertProblem(await user.client.get(`/sessions/${session.id}`), 404);
    assertProblem(await user.client.get(`/sessions/${session.id}/files`), 404);
    const { items } = (await user.client.get('/sessions?scope=mine&limit=100')).expect(200).body;
    assert.ok(!items.some(({ id }) => id === session.id));
  }
  assertProblem(await owner.client.delete(`/sessions/${session.id}`), 404);
});

describe('an invite', () => {
  test('lets in with its role, counts its uses, and can be taken back', async () => {
    const session = await people.owner.client.session({ visibility: 'link' });
    const [first, second] = await Promise.all([newUser(server, 'first'), newUser(server, 'second')]);
    const made = await invite(session, { role: 'viewer' });
    assert.ok(made.token.length >= 20, 'tokens cannot be guessed');
    const joined = (await joinBy(first, session, made.token)).expect(200).body;
    assert.equal(joined.role, 'viewer');
    const list = async () => (await people.owner.client.get(`/sessions/${session.id}/invites`)).expect(200).body.items;
    assert.equal((await list()).find(({ id }) => id === made.id).uses, 1);

    (await joinBy(first, session, made.token)).expect(200);
    assert.equal((await list()).find(({ id }) => id === made.id).uses, 1, 'joining twice is joining once');

    (await people.owner.client.delete(`/sessions/${session.id}/invites/${made.id}`)).expect(204);
    assertProblem(await joinBy(second, session, made.token), 404);
    (await first.client.get(`/sessions/${session.id}`)).expect(200);
  });

  test('serves no more than its number of uses, even at once', async () => {
    const session = await people.owner.client.session({ visibility: 'link' });
    const users = await Promise.all([0, 1, 2, 3].map((index) => newUser(server, `rush${index}`)));
    const { token } = await invite(session, { role: 'editor', max_uses: 2 });
    const answers = await Promise.all(users.map((user) => joinBy(user, session, token)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 2);
    for (const answer of answers.filter(({ status }) => status !== 200)) assertProblem(answer, 410);
  });

  test('is refused after its time, for another session, and when made up', async () => {
    const [session, other] = await Promise.all([0, 1].map(() => people.owner.client.session({ visibility: 'link' })));
    const user = await newUser(server, 'late');
    const soon = new Date(Date.now() + 600).toISOString();
    const { token } = await invite(session, { role: 'editor', expires_at: soon });
    assertProblem(await joinBy(user, other, token), 404);
    assertProblem(await joinBy(user, session, 'made-up'), 404);
    assertProblem(await joinBy(user, session, ''), [404, 422]);
    await until(async () => Date.now() > Date.parse(soon), 'the invite has expired');
    assertProblem(await joinBy(user, session, token), 410);
  });

  test('opens nothing while the session is private', async () => {
    const session = await people.owner.client.session({ visibility: 'private' });
    const user = await newUser(server, 'hopeful');
    const { token } = await invite(session);
    assertProblem(await joinBy(user, session, token), 404);
    (await people.owner.client.patch(`/sessions/${session.id}`, { visibility: 'link' })).expect(200);
    (await joinBy(user, session, token)).expect(200);
  });

  test('for editors is made together with a session that is open to whoever has the link', async () => {
    const session = await people.owner.client.session({ visibility: 'link' });
    const { items } = (await people.owner.client.get(`/sessions/${session.id}/invites`)).expect(200).body;
    assert.equal(items.length, 1);
    assert.equal(items[0].role, 'editor');
  });

  test('raises nobody who is in already, and lowers nobody', async () => {
    const session = await people.owner.client.session({ visibility: 'link' });
    const { token } = await invite(session, { role: 'viewer' });
    assert.equal((await joinBy(people.owner, session, token)).expect(200).body.role, 'owner');
  });
});

test('a public session is joined without an invite, as a viewer', async () => {
  const session = await people.owner.client.session({ visibility: 'public' });
  const answer = (await people.stranger.client.post(`/sessions/${session.id}/join`, {})).expect(200);
  assert.equal(answer.body.role, 'viewer');
  (await people.stranger.client.post(`/sessions/${session.id}/leave`)).expect(204);
  assert.equal((await people.stranger.client.get(`/sessions/${session.id}`)).expect(200).body.role, null);
});

test('a session takes no more than its participants', async () => {
  const session = await people.owner.client.session({ visibility: 'public', max_participants: 2 });
  (await people.viewer.client.post(`/sessions/${session.id}/join`, {})).expect(200);
  assertProblem(await people.stranger.client.post(`/sessions/${session.id}/join`, {}), 409);
});

test('the owner can neither leave nor be removed nor be made less', async () => {
  const { owner, admin, session } = people;
  assertProblem(await owner.client.post(`/sessions/${session.id}/leave`), [403, 409]);
  const path = `/sessions/${session.id}/participants/${owner.id}`;
  for (const actor of [owner, admin]) {
    assertProblem(await actor.client.put(path, { role: 'viewer' }), [403, 409]);
    assertProblem(await actor.client.delete(path), [403, 409]);
  }
});

test('an admin manages those below, and makes no other admin or owner', async () => {
  const { owner, admin, editor, session } = people;
  const other = await newUser(server, 'otheradmin');
  await join(owner, session, other, 'admin');
  const of = (user) => `/sessions/${session.id}/participants/${user.id}`;
  assertProblem(await admin.client.put(of(other), { role: 'viewer' }), 403);
  assertProblem(await admin.client.delete(of(other)), 403);
  assertProblem(await admin.client.put(of(editor), { role: 'admin' }), 403);
  assertProblem(await admin.client.post(`/sessions/${session.id}/invites`, { role: 'admin' }), 422, 'role');
  (await admin.client.put(of(editor), { role: 'viewer' })).expect(200);
  (await admin.client.put(of(editor), { role: 'editor' })).expect(200);
  assertProblem(await admin.client.put(of({ id: session.id }), { role: 'editor' }), 404);
  assertProblem(await admin.client.delete(of(people.stranger)), 404);
});
