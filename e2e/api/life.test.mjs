// What becomes of sessions: forks, other owners, deletion and the way back; and accounts that may not sign in.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Client } from '../lib/client.mjs';
import { cast, join, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';

let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

const deleted = async (user) => (await user.client.get('/sessions?scope=deleted')).expect(200).body.items;

describe('a fork', () => {
  test('has the files as they are now, the language and its origin', async () => {
    const files = [
      { path: 'main.py', content: 'print("a")\n' },
      { path: 'util/größe.py', content: '# 🦀\r\n' },
    ];
    const session = await people.owner.client.session({ visibility: 'public', title: 'Origin', files });
    const editor = await StockClient.open(server, session.id, people.owner.token);
    editor.text().insert(0, '# edited\n');
    const path = `/sessions/${session.id}/files/main.py`;
    await until(async () => (await people.owner.client.get(path)).text.startsWith('# edited'), 'the edit arrives');
    editor.destroy();

    const made = (await people.stranger.client.post(`/sessions/${session.id}/fork`)).expect(201);
    const fork = made.body;
    assert.equal(made.headers.get('location'), `/api/v1/sessions/${fork.id}`);
    assert.equal(fork.title, 'Origin (fork)');
    assert.equal(fork.visibility, 'private');
    assert.equal(fork.language, 'python');
    assert.equal(fork.owner.id, people.stranger.id);
    assert.equal(fork.forked_from, session.id);
    assert.deepEqual(fork.origin, { id: session.id, title: 'Origin' });
    const copied = (await people.stranger.client.get(`/sessions/${fork.id}/files`)).expect(200).body.items;
    assert.deepEqual(copied, [{ path: 'main.py', content: '# edited\nprint("a")\n' }, files[1]]);
    assertProblem(await people.owner.client.get(`/sessions/${fork.id}`), 404);

    const mine = await StockClient.open(server, fork.id, people.stranger.token);
    assert.equal(mine.read('main.py'), '# edited\nprint("a")\n', 'and once');
    mine.destroy();

    (await people.owner.client.patch(`/sessions/${session.id}`, { visibility: 'private' })).expect(200);
    const { body } = (await people.stranger.client.get(`/sessions/${fork.id}`)).expect(200);
    assert.equal(body.origin, null, 'whoever may not read the origin does not learn its title');
  });

  test('has a title of its own where one is given', async () => {
    const path = `/sessions/${people.session.id}/fork`;
    assert.equal((await people.viewer.client.post(path, { title: ' Mine ' })).expect(201).body.title, 'Mine');
    assertProblem(await people.viewer.client.post(path, { title: '' }), 422, 'title');
    assertProblem(await people.viewer.client.post(path, { visibility: 'public' }), 422, 'visibility');
  });

  test('of a session without files is empty', async () => {
    const session = await people.owner.client.session({ files: [] });
    const fork = (await people.owner.client.post(`/sessions/${session.id}/fork`)).expect(201).body;
    assert.deepEqual((await people.owner.client.get(`/sessions/${fork.id}/files`)).expect(200).body.items, []);
  });
});

describe('ownership', () => {
  test('goes to a participant, and the old owner stays as an admin', async () => {
    const session = await people.owner.client.session();
    await join(people.owner, session, people.editor, 'editor');
    const { body } = (
      await people.owner.client.post(`/sessions/${session.id}/owner`, { user_id: people.editor.id })
    ).expect(200);
    assert.equal(body.owner.id, people.editor.id);
    assert.equal(body.role, 'admin');
    assert.equal((await people.editor.client.get(`/sessions/${session.id}`)).expect(200).body.role, 'owner');
    assertProblem(await people.owner.client.delete(`/sessions/${session.id}`), 403);
    (await people.owner.client.post(`/sessions/${session.id}/leave`)).expect(204);
    (await people.editor.client.delete(`/sessions/${session.id}`)).expect(204);
  });

  test('goes to nobody who is not in, and not to oneself', async () => {
    const path = `/sessions/${people.session.id}/owner`;
    for (const user_id of [people.stranger.id, people.owner.id, people.session.id]) {
      assertProblem(await people.owner.client.post(path, { user_id }), 422, 'user_id');
    }
    assertProblem(await people.owner.client.post(path, { user_id: 'x' }), 422, 'user_id');
  });
});

describe('a deleted session', () => {
  test('is listed for its owner, and comes back as it was', async () => {
    const user = await newUser(server, 'deleter');
    const files = [{ path: 'main.py', content: 'kept' }];
    const session = await user.client.session({ files });
    await join(user, session, people.viewer, 'viewer');
    (await user.client.delete(`/sessions/${session.id}`)).expect(204);
    const [listed] = await deleted(user);
    assert.equal(listed.id, session.id);
    assert.ok(Date.parse(listed.deleted_at) > 0);
    assert.ok(!(await deleted(people.viewer)).some(({ id }) => id === session.id));
    assertProblem(await people.viewer.client.post(`/sessions/${session.id}/restore`), 404);

    const { body } = (await user.client.post(`/sessions/${session.id}/restore`)).expect(200);
    assert.equal(body.deleted_at, null);
    assert.deepEqual((await user.client.get(`/sessions/${session.id}/files`)).expect(200).body.items, files);
    assert.equal((await people.viewer.client.get(`/sessions/${session.id}`)).expect(200).body.role, 'viewer');
    assert.deepEqual(await deleted(user), []);
    assertProblem(await user.client.post(`/sessions/${session.id}/restore`), 404);
  });

  test('is forgotten after the time that is set', async () => {
    const brief = await Server.start({ CODECRAFTER_KEEP_DELETED_DAYS: '0' });
    const user = await newUser(brief, 'brief');
    const session = await user.client.session();
    const fork = (await user.client.post(`/sessions/${session.id}/fork`)).expect(201).body;
    (await user.client.delete(`/sessions/${session.id}`)).expect(204);
    assert.deepEqual(await deleted(user), []);
    assertProblem(await user.client.post(`/sessions/${session.id}/restore`), 404);
    await brief.interrupt();
    await brief.restart();
    // Its row is gone once the fork does not name it any more.
    const origin = async () => (await user.client.get(`/sessions/${fork.id}`)).expect(200).body.forked_from;
    await until(async () => (await origin()) === null, 'the session is forgotten');
    await brief.stop();
  });
});

describe('public sessions', () => {
  test('are found by their owner’s name, narrowed to a language, and sorted', async () => {
    const user = await newUser(server, 'finder', 'Łucja Öst');
    const make = (title, language) => user.client.session({ title, language, visibility: 'public' });
    const [one, two] = [await make('one', 'python'), await make('two', 'c')];
    (await user.client.patch(`/sessions/${one.id}`, { description: 'changed' })).expect(200);
    const find = async (query) =>
      (await people.stranger.client.get(`/sessions?scope=public&${query}`)).expect(200).body.items.map(({ id }) => id);
    const q = `q=${encodeURIComponent('łucja ö')}`;
    assert.deepEqual(await find(q), [one.id, two.id], 'the last change first');
    assert.deepEqual(await find(`${q}&sort=created`), [two.id, one.id]);
    assert.deepEqual(await find(`${q}&language=c`), [two.id]);
    assert.deepEqual(await find(`${q}&language=PY`), [one.id], 'by an alias');
    assert.deepEqual(await find(`q=${encodeURIComponent(user.email)}`), [], 'not by an address');
    assertProblem(await people.stranger.client.get('/sessions?language=cobol'), 422, 'language');
    assertProblem(await people.stranger.client.get('/sessions?sort=title'), 400);
  });
});

describe('a template', () => {
  test('gives a session its first files', async () => {
    const { items } = (await new Client(server).get('/languages')).expect(200).body;
    const python = items.find(({ id }) => id === 'python');
    for (const template of python.templates) {
      const session = await people.owner.client.session({ template: template.id });
      const files = (await people.owner.client.get(`/sessions/${session.id}/files`)).expect(200).body.items;
      const expected = template.files.map(({ path, content }) => ({ path, content }));
      assert.deepEqual(
        files,
        expected.sort((a, b) => (a.path < b.path ? -1 : 1)),
      );
    }
    const wrong = (fields) => people.owner.client.post('/sessions', { title: 'T', language: 'python', ...fields });
    assertProblem(await wrong({ template: 'none' }), 422, 'template');
    assertProblem(await wrong({ template: 'empty', files: [] }), 422, 'template');
  });
});

test('a deactivated account is out at once and stays out until it is activated', async () => {
  const user = await newUser(server, 'leaver');
  const operate = (what, name) =>
    promisify(execFile)(process.env.CODECRAFTER_BIN, ['user', what, name, '--data-dir', server.dataDir]);
  const login = () => new Client(server).post('/auth/login', { login: user.username, password: PASSWORD });
  await operate('deactivate', user.username.toUpperCase());
  assertProblem(await user.client.get('/me'), 401);
  assertProblem(await new Client(server).post('/auth/refresh', { refresh_token: user.refreshToken }), 401);
  assertProblem(await login(), 403);
  await operate('activate', user.email);
  const { body } = (await login()).expect(200);
  (await new Client(server, body.access_token).get('/me')).expect(200);
  assertProblem(await user.client.get('/me'), 401);
  await assert.rejects(operate('deactivate', 'nobody-of-that-name'), /there is no account/);
});
