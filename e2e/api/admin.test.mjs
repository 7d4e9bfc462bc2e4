// Platform administration: who may, and that what is done takes effect at once.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { newGuest, newPlatformAdmin, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';

let server;
let root;

before(async () => {
  server = await Server.start({ CODECRAFTER_QUOTA_SESSIONS: '3' });
  root = await newPlatformAdmin(server, 'root');
});
after(() => server.stop());

const login = (name, password) => new Client(server).post('/auth/login', { login: name, password });

describe('becoming an administrator', () => {
  test('the first one is made on the command line, with a password that is shown once', async () => {
    const printed = server.command('user', 'create-admin', 'Chief', '--email', 'chief@example.org');
    const [, password] = /^password: (\S{20,})$/m.exec(printed);
    const { body } = (await login('chief', password)).expect(200);
    assert.equal(body.user.platform_admin, true);
    (await new Client(server, body.access_token).get('/admin/users')).expect(200);
    assert.doesNotMatch(server.log, new RegExp(password));
  });

  test('or with one that is typed', async () => {
    const made = server.tryCommand(
      ['user', 'create-admin', 'typed', '--email', 't@example.org', '--password-stdin'],
      `${PASSWORD}\n`,
    );
    assert.equal(made.status, 0, made.stderr);
    assert.ok(!made.stdout.includes(PASSWORD));
    (await login('typed', PASSWORD)).expect(200);
  });

  test('what cannot be an account is refused', () => {
    for (const [args, said] of [
      [['x', '--email', 'x@example.org'], /user name/],
      [['xyz', '--email', 'nowhere'], /address/],
      [['chief', '--email', 'other@example.org'], /taken.*promote/],
    ]) {
      const { status, stderr } = server.tryCommand(['user', 'create-admin', ...args]);
      assert.notEqual(status, 0);
      assert.match(stderr, said);
    }
  });

  test('registering never makes one', async () => {
    const fields = { username: 'sly', email: 'sly@example.org', password: PASSWORD, platform_admin: true };
    assertProblem(await new Client(server).post('/auth/register', fields), 422);
    const user = await newUser(server);
    assert.equal(user.platform_admin, false);
    assertProblem(await user.client.patch('/me', { platform_admin: true }), 422);
    assertProblem(await user.client.get('/admin/users'), 403);
  });

  test('an office that is taken away is gone with the next request', async () => {
    const deputy = await newUser(server, 'deputy');
    const office = `/admin/users/${deputy.id}/office`;
    const given = (await root.client.put(office, { platform_admin: true })).expect(200).body;
    assert.equal(given.platform_admin, true);
    (await deputy.client.get('/admin/users')).expect(200);
    (await root.client.put(office, { platform_admin: false })).expect(200);
    assertProblem(await deputy.client.get('/admin/users'), 403);
  });

  test('the last one stays', async () => {
    const other = await Server.start();
    try {
      const only = await newPlatformAdmin(other, 'only');
      assertProblem(await only.client.put(`/admin/users/${only.id}/office`, { platform_admin: false }), 409);
      assert.match(other.tryCommand(['user', 'demote', only.username]).stderr, /only administrator/);
      (await only.client.get('/admin/users')).expect(200);
    } finally {
      await other.stop();
    }
  });
});

describe('accounts', () => {
  test('are listed, the newest first, in parts, and found by name and address', async () => {
    const made = [];
    for (let index = 0; index < 5; index += 1) made.push(await newUser(server, `lister${index}`));
    const seen = [];
    let cursor = null;
    do {
      const query = new URLSearchParams({ q: 'LISTER', limit: '2', ...(cursor && { cursor }) });
      const { items, next_cursor } = (await root.client.get(`/admin/users?${query}`)).expect(200).body;
      seen.push(...items.map(({ id }) => id));
      cursor = next_cursor;
    } while (cursor);
    assert.deepEqual(seen, made.map(({ id }) => id).reverse());
    const [user] = made;
    const byAddress = (await root.client.get(`/admin/users?q=${encodeURIComponent(user.email)}`)).expect(200).body;
    assert.deepEqual(
      byAddress.items.map(({ id }) => id),
      [user.id],
    );
    assert.ok(!JSON.stringify(byAddress).includes('argon2'));
    for (const wrong of ['limit=0', 'limit=101', 'cursor=x', 'state=odd', `q=${'x'.repeat(101)}`, 'what=1']) {
      const { status } = await root.client.get(`/admin/users?${wrong}`);
      assert.ok([400, 422].includes(status), `${wrong}: ${status}`);
    }
  });

  test('guests are none', async () => {
    const owner = await newUser(server, 'host');
    const guest = await newGuest(server, owner, await owner.client.session({ visibility: 'link' }));
    assertProblem(await root.client.get(`/admin/users/${guest.id}`), 404);
    assertProblem(await root.client.put(`/admin/users/${guest.id}/office`, { platform_admin: true }), 404);
  });

  test('deactivating closes what is open, and activating lets in again', async () => {
    const user = await newUser(server, 'target');
    const session = await user.client.session();
    const socket = new BareClient(server, `/sync/${session.id}`, user.token);
    await socket.hears();
    (await root.client.post(`/admin/users/${user.id}/deactivate`)).expect(204);
    assert.equal(await socket.code(), 4401);
    assertProblem(await user.client.get('/me'), 401);
    assertProblem(await login(user.username, PASSWORD), 403);
    const listed = (await root.client.get(`/admin/users?state=deactivated&q=${user.username}`)).body.items;
    assert.deepEqual(
      listed.map(({ id }) => id),
      [user.id],
    );
    assert.ok(listed[0].deactivated_at);
    (await root.client.post(`/admin/users/${user.id}/activate`)).expect(204);
    (await login(user.username, PASSWORD)).expect(200);
  });

  test('the command line closes what is open, too, though it is another process', async () => {
    const user = await newUser(server, 'remote');
    const session = await user.client.session();
    const socket = new BareClient(server, `/sync/${session.id}`, user.token);
    await socket.hears();
    assert.match(server.command('user', 'deactivate', user.username), /open connections are closed/);
    assert.equal(await socket.code(), 4401);
    assert.match(server.command('user', 'list', '--query', user.username), /deactivated/);
    server.command('user', 'activate', user.username);
    (await login(user.username, PASSWORD)).expect(200);
  });

  test('one signs nobody out but them', async () => {
    const [user, other] = [await newUser(server, 'out'), await newUser(server, 'stays')];
    (await root.client.post(`/admin/users/${user.id}/sign-out`)).expect(204);
    assertProblem(await user.client.get('/me'), 401);
    (await other.client.get('/me')).expect(200);
    (await login(user.username, PASSWORD)).expect(200);
  });

  test('nobody shuts themselves out', async () => {
    assertProblem(await root.client.post(`/admin/users/${root.id}/deactivate`), 409);
  });
});

describe('quotas', () => {
  test('bound sessions: by default, and by what is set for somebody', async () => {
    const user = await newUser(server, 'many');
    const sessions = [];
    for (let count = 0; count < 3; count += 1) sessions.push(await user.client.session());
    const fork = () => user.client.post(`/sessions/${sessions[0].id}/fork`);
    const create = () => user.client.post('/sessions', { title: 'One more', language: 'python' });
    for (const more of [create, fork]) {
      const { body } = assertProblem(await more(), 403);
      assert.match(body.type, /over-quota$/);
      assert.match(body.detail, /may own 3/);
    }
    const path = `/admin/users/${user.id}/quota`;
    const set = (await root.client.put(path, { sessions: 4 })).expect(200).body;
    assert.deepEqual([set.allowance.sessions, set.usage.sessions, set.quota.executions], [4, 3, null]);
    (await create()).expect(201);
    assertProblem(await create(), 403);
    (await user.client.delete(`/sessions/${sessions[0].id}`)).expect(204);
    (await create()).expect(201);
    (await root.client.put(path, {})).expect(200);
    assertProblem(await create(), 403);
  });

  test('bound runs', async () => {
    const user = await newUser(server, 'runner');
    (await root.client.put(`/admin/users/${user.id}/quota`, { executions: 1 })).expect(200);
    const sleeper = { language: 'python', code: 'import time\ntime.sleep(20)' };
    const first = (await user.client.post('/executions', sleeper)).expect(202).body;
    const { body, headers } = assertProblem(await user.client.post('/executions', sleeper), 429);
    assert.match(body.detail, /at most 1 unfinished/);
    assert.ok(Number(headers.get('retry-after')) > 0);
    (await root.client.delete(`/admin/executions/${first.id}`)).expect(204);
    const ended = async () => (await user.client.get(`/executions/${first.id}`)).body.outcome === 'cancelled';
    await until(ended, 'the run is cancelled');
    (await root.client.put(`/admin/users/${user.id}/quota`, { executions: 0 })).expect(200);
    assertProblem(await user.client.post('/executions', sleeper), 429);
  });

  test('bound storage', async () => {
    const user = await newUser(server, 'hoarder');
    const session = await user.client.session({ files: [{ path: 'main.py', content: '#'.repeat(5_000) }] });
    const { usage } = (await root.client.get(`/admin/users/${user.id}`)).expect(200).body;
    assert.ok(usage.storage_bytes > 5_000, `${usage.storage_bytes}`);
    (await root.client.put(`/admin/users/${user.id}/quota`, { storage_bytes: 5_000 })).expect(200);
    const snapshot = await user.client.post(`/sessions/${session.id}/snapshots`, { name: 'full' });
    assert.match(assertProblem(snapshot, 403).body.detail, /5000/);
    assertProblem(await user.client.post('/sessions', { title: 'More', language: 'python' }), 403);
  });

  test('take no nonsense', async () => {
    const path = `/admin/users/${root.id}/quota`;
    for (const wrong of [
      { sessions: -1 },
      { sessions: 100_001 },
      { storage_bytes: 1e15 },
      { executions: 'x' },
      { a: 1 },
    ]) {
      assertProblem(await root.client.put(path, wrong), 422);
    }
  });
});

describe('sessions and runs', () => {
  test('are seen from outside only', async () => {
    const owner = await newUser(server, 'secretive');
    const files = [{ path: 'main.py', content: '# the content' }];
    const session = await owner.client.session({ title: 'Hidden gem', description: 'the description', files });
    const found = (await root.client.get('/admin/sessions?q=hidden%20gem')).expect(200);
    assert.deepEqual(
      found.body.items.map(({ id }) => id),
      [session.id],
    );
    assert.ok(!found.text.includes('the description') && !found.text.includes('the content'));
    for (const part of ['', '/files', '/messages', '/history', '/snapshots', '/participants']) {
      assertProblem(await root.client.get(`/sessions/${session.id}${part}`), 404);
    }
    const socket = new BareClient(server, `/sync/${session.id}`, root.token);
    assert.equal(await socket.code(), 4404);

    (await root.client.delete(`/admin/sessions/${session.id}`)).expect(204);
    assertProblem(await owner.client.get(`/sessions/${session.id}`), 404);
    const deleted = (await root.client.get(`/admin/sessions?deleted=true&owner=${owner.id}`)).expect(200).body;
    assert.deepEqual(
      deleted.items.map(({ id }) => id),
      [session.id],
    );
    (await root.client.post(`/admin/sessions/${session.id}/restore`)).expect(200);
    (await owner.client.get(`/sessions/${session.id}`)).expect(200);
  });

  test('runs are filtered, and shown without program and output', async () => {
    const user = await newUser(server, 'printer');
    await user.client.run({ language: 'python', code: 'print("the out" + "put")' });
    const { body, text } = (await root.client.get(`/admin/executions?user=${user.id}&status=finished`)).expect(200);
    assert.equal(body.items.length, 1);
    assert.ok(!text.includes('the output') && !text.includes('print('));
    const none = (await root.client.get(`/admin/executions?user=${user.id}&language=c`)).expect(200).body;
    assert.deepEqual(none.items, []);
    assertProblem(await root.client.get(`/executions/${body.items[0].id}`), 404);
    assertProblem(await root.client.get('/admin/executions?language=klingon'), 422);
  });
});

test('workers are on the list, with what they do', async () => {
  const listed = async () => (await root.client.get('/admin/workers')).expect(200).body.items;
  await until(async () => (await listed()).length === 1, 'the worker is on the list');
  const [worker] = await listed();
  assert.deepEqual(worker.roles, ['api', 'worker']);
  assert.ok(worker.slots > 0 && worker.host && worker.version && worker.seen_at >= worker.started_at);
  assert.equal((await root.client.get('/admin/queue')).expect(200).body.depth, 0);
});

test('settings in force are shown', async () => {
  const { items } = (await root.client.get('/admin/settings')).expect(200).body;
  const value = (key) => items.find((setting) => setting.key === key).value;
  assert.equal(value('quota_sessions'), '3');
  assert.equal(value('data_dir'), server.dataDir);
  assert.equal(value('webhook_targets'), null);
});
