// The audit log: every security-relevant act is in it, and nothing that is secret.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { join, newGuest, newPlatformAdmin, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';

let server;
let root;

before(async () => {
  // As chatty as it gets, for what must not be in the log.
  server = await Server.start({ CODECRAFTER_LOG: 'codecrafter=trace,codecrafter_server=trace,info' });
  root = await newPlatformAdmin(server, 'root');
});
after(() => server.stop());

const entries = async (query) =>
  (await root.client.get(`/admin/audit?${new URLSearchParams(query)}`)).expect(200).body.items;
const exported = async (query = {}) => {
  const { text, type } = (await root.client.get(`/admin/audit/export?${new URLSearchParams(query)}`)).expect(200);
  assert.equal(type, 'application/x-ndjson');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
};

/** The one entry of an act that concerns this user. */
async function only(act, query) {
  const found = await entries({ act, ...query });
  assert.equal(found.length, 1, `${act}: ${JSON.stringify(found)}`);
  return found[0];
}

describe('what is recorded', () => {
  test('coming and going, with the address and the request', async () => {
    const user = await newUser(server, 'ada');
    const made = await only('account.registered', { user: user.id });
    assert.deepEqual(
      [made.actor_id, made.actor, made.channel, made.address],
      [user.id, user.username, 'api', '127.0.0.1'],
    );
    const anyone = new Client(server);
    const wrong = { login: user.username, password: 'not the password' };
    const id = `audit-test-${process.pid}`;
    assertProblem(await anyone.post('/auth/login', wrong, { headers: { 'x-request-id': id } }), 401);
    const failed = await only('login.failed', { user: user.id });
    assert.deepEqual([failed.actor_id, failed.request_id, failed.address], [null, id, '127.0.0.1']);
    assert.deepEqual(await entries({ request_id: id }), [failed]);
    const { body } = (await anyone.post('/auth/login', { login: user.username, password: PASSWORD })).expect(200);
    assert.equal((await entries({ act: 'login.succeeded', user: user.id })).length, 2, 'with the registration');
    (await anyone.post('/auth/refresh', { refresh_token: body.refresh_token })).expect(200);
    assertProblem(await anyone.post('/auth/refresh', { refresh_token: body.refresh_token }), 401);
    await only('login.refresh_reused', { user: user.id });
    (await anyone.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
    await only('login.ended', { user: user.id });
  });

  test('a failure for a name that nobody has says no name', async () => {
    const nobody = 'a-name-that-may-be-a-password';
    assertProblem(await new Client(server).post('/auth/login', { login: nobody, password: 'xxxxxxxxxx' }), 401);
    const all = await exported({ act: 'login.failed' });
    assert.ok(all.some(({ user_id }) => user_id === null));
    assert.ok(!JSON.stringify(all).includes(nobody));
  });

  test('all that happens to a session', async () => {
    const [owner, other] = [await newUser(server, 'owner'), await newUser(server, 'other')];
    const session = await owner.client.session();
    const path = `/sessions/${session.id}`;
    await join(owner, session, other, 'viewer');
    await join(owner, session, other, 'editor');
    await join(owner, session, other, 'editor');
    (await owner.client.patch(path, { visibility: 'link' })).expect(200);
    (await owner.client.patch(path, { title: 'Other title' })).expect(200);
    const guest = await newGuest(server, owner, session);
    (await owner.client.delete(`${path}/invites/${guest.invite.id}`)).expect(204);
    (await owner.client.delete(`${path}/participants/${guest.id}`)).expect(204);
    (await owner.client.post(`${path}/bans`, { user_id: other.id })).expect(201);
    (await owner.client.delete(`${path}/bans/${other.id}`)).expect(204);
    (await owner.client.get(`${path}/history/export`)).expect(200);
    (await owner.client.delete(`${path}/history`)).expect(204);
    (await owner.client.delete(path)).expect(204);
    (await owner.client.post(`${path}/restore`)).expect(200);
    await join(owner, session, other, 'admin');
    (await owner.client.post(`${path}/owner`, { user_id: other.id })).expect(200);
    const found = (await entries({ session: session.id })).reverse();
    assert.deepEqual(
      found.map(({ act, user_id, detail }) => [act, user_id, detail]),
      [
        ['session.role_changed', other.id, 'viewer'],
        ['session.role_changed', other.id, 'editor'],
        ['session.visibility_changed', null, 'link'],
        ['session.invite_created', null, 'editor'],
        ['guest.came', guest.id, null],
        ['session.invite_revoked', null, null],
        ['session.participant_removed', guest.id, null],
        ['session.participant_banned', other.id, null],
        ['session.ban_lifted', other.id, null],
        ['session.exported', null, null],
        ['session.history_purged', null, null],
        ['session.deleted', null, null],
        ['session.restored', null, null],
        ['session.role_changed', other.id, 'admin'],
        ['session.owner_changed', other.id, null],
      ],
    );
    assert.ok(found.every(({ actor_id }) => [owner.id, guest.id].includes(actor_id)));
  });

  test('what administrators do, and what the command line does', async () => {
    const user = await newUser(server, 'subject');
    const at = `/admin/users/${user.id}`;
    (await root.client.put(`${at}/quota`, { sessions: 5 })).expect(200);
    (await root.client.put(`${at}/office`, { platform_admin: true })).expect(200);
    (await root.client.put(`${at}/office`, { platform_admin: true })).expect(200);
    (await root.client.put(`${at}/office`, { platform_admin: false })).expect(200);
    (await root.client.post(`${at}/deactivate`)).expect(204);
    (await root.client.post(`${at}/activate`)).expect(204);
    server.command('user', 'deactivate', user.username);
    const found = (await entries({ user: user.id })).reverse().slice(2);
    assert.deepEqual(
      found.map(({ act, actor_id, channel }) => [act, actor_id, channel]),
      [
        ['admin.quota_changed', root.id, 'api'],
        ['admin.granted', root.id, 'api'],
        ['admin.revoked', root.id, 'api'],
        ['admin.account_deactivated', root.id, 'api'],
        ['admin.account_activated', root.id, 'api'],
        ['admin.account_deactivated', null, 'command_line'],
      ],
    );
  });
});

describe('reading it', () => {
  test('parts make up the whole, and the export is the whole', async () => {
    const all = await exported();
    assert.ok(all.length > 30);
    const seen = [];
    let cursor = null;
    do {
      const query = new URLSearchParams({ limit: '7', until: all[0].at, ...(cursor && { cursor }) });
      const { items, next_cursor } = (await root.client.get(`/admin/audit?${query}`)).expect(200).body;
      seen.push(...items);
      cursor = next_cursor;
    } while (cursor);
    assert.deepEqual(
      seen,
      all.filter(({ at }) => at < all[0].at),
    );
    const lines = server.command('audit', 'export', '--until', all[0].at).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      seen,
    );
  });

  test('filters narrow, and nonsense is named', async () => {
    const both = await entries({ act: 'admin.granted,admin.revoked' });
    assert.deepEqual(new Set(both.map(({ act }) => act)), new Set(['admin.granted', 'admin.revoked']));
    assert.ok((await entries({ actor: root.id })).every(({ actor_id }) => actor_id === root.id));
    assert.deepEqual(await entries({ address: '192.0.2.1' }), []);
    for (const wrong of ['act=nonsense', 'actor=x', 'since=yesterday', 'address=x', 'limit=1000', 'cursor=!']) {
      const [field] = wrong.split('=');
      for (const path of ['/admin/audit', '/admin/audit/export']) {
        const { body } = assertProblem(await root.client.get(`${path}?${wrong}`), [400, 422]);
        assert.equal(body.errors[0].field, field);
      }
    }
  });

  test('nothing changes it', async () => {
    const [latest] = await entries({});
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const path of ['/admin/audit', `/admin/audit/${latest.id}`]) {
        const { status } = await root.client.request(method, path, {});
        assert.ok([404, 405].includes(status), `${method} ${path}: ${status}`);
      }
    }
  });

  test('everybody sees what concerns them, and not where others were', async () => {
    const [user, other] = [await newUser(server, 'watcher'), await newUser(server, 'other')];
    assertProblem(await new Client(server).post('/auth/login', { login: user.username, password: 'wrong wrong' }), 401);
    (await root.client.post(`/admin/users/${user.id}/deactivate`)).expect(204);
    (await root.client.post(`/admin/users/${user.id}/activate`)).expect(204);
    const { body } = (
      await new Client(server).post('/auth/login', { login: user.username, password: PASSWORD })
    ).expect(200);
    const mine = (await new Client(server, body.access_token).get('/me/security-events')).expect(200);
    assert.deepEqual(
      mine.body.items.map(({ act, address }) => [act, address]),
      [
        ['login.succeeded', '127.0.0.1'],
        ['admin.account_activated', null],
        ['admin.account_deactivated', null],
        ['login.failed', '127.0.0.1'],
        ['login.succeeded', '127.0.0.1'],
        ['account.registered', '127.0.0.1'],
      ],
    );
    assert.ok(!mine.text.includes(other.id));
  });
});

test('neither passwords nor tokens nor contents are in it, nor in the log', async () => {
  const words = {
    password: 'hush-password-4711',
    wrong: 'hush-wrong-4712',
    code: 'hush-code-4713',
    chat: 'hush-chat-4714',
    title: 'hush-title-4715',
    notes: 'hush-notes-4716',
    stdin: 'hush-stdin-4717',
    display: 'hush-display-4718',
  };
  const anyone = new Client(server);
  const account = {
    username: 'hushed',
    email: 'hushed@example.org',
    password: words.password,
    display_name: words.display,
  };
  const { body } = (await anyone.post('/auth/register', account)).expect(201);
  assertProblem(await anyone.post('/auth/login', { login: 'hushed', password: words.wrong }), 401);
  assertProblem(await anyone.post('/auth/login', { login: words.password, password: words.wrong }), 401);
  const again = (await anyone.post('/auth/login', { login: 'hushed', password: words.password })).expect(200).body;
  (await anyone.post('/auth/refresh', { refresh_token: again.refresh_token })).expect(200);
  assertProblem(await anyone.post('/auth/refresh', { refresh_token: again.refresh_token }), 401);
  const client = new Client(server, body.access_token);
  const files = [{ path: 'main.py', content: `# ${words.code}` }];
  const session = await client.session({ title: words.title, visibility: 'link', files });
  const at = `/sessions/${session.id}`;
  const invite = (await client.post(`${at}/invites`, { role: 'viewer' })).expect(201).body;
  (await client.post(`${at}/messages`, { text: words.chat })).expect(201);
  (await client.put(`${at}/notes`, { text: words.notes, version: 0 })).expect(200);
  await client.run({ language: 'python', code: `print("${words.code}")`, stdin: words.stdin, session_id: session.id });
  (await client.patch(at, { visibility: 'private', title: words.title })).expect(200);
  assertProblem(await client.patch(at, { title: `${words.title}\u0000`, language: words.code }), 422);
  (await client.get(`/sessions/${words.code}?token=${words.password}`)).expect(400);
  (await client.get(`${at}/history/export`)).expect(200);
  (await client.delete(`${at}/history`)).expect(204);
  (await client.delete(at)).expect(204);
  (await anyone.post('/auth/logout', { refresh_token: body.refresh_token })).expect(204);

  const secrets = {
    ...words,
    access: body.access_token,
    signature: body.access_token.split('.')[2],
    refresh: body.refresh_token,
    spent: again.refresh_token,
    invite: invite.token,
    admin: root.token,
  };
  const log = JSON.stringify(await exported());
  const command = server.command('audit', 'export');
  assert.ok(log.includes('hushed'));
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(!log.includes(secret), `${name} is in the audit log`);
    assert.ok(!command.includes(secret), `${name} is in the export of the command line`);
    // The path of a request is logged; what stands in it was put there by whoever asks.
    const elsewhere = server.log.split('\n').filter((line) => !line.includes(`/sessions/${words.code}`));
    assert.ok(!elsewhere.join('\n').includes(secret), `${name} is in the server's log`);
  }
});

test('an act of somebody who hangs up is recorded all the same', async () => {
  const owner = await newUser(server, 'hasty');
  const sessions = [];
  for (let count = 0; count < 10; count += 1) sessions.push(await owner.client.session());
  for (const { id } of sessions) {
    const hangUp = new AbortController();
    const asked = owner.client.request('DELETE', `/sessions/${id}`, undefined, { signal: hangUp.signal });
    setImmediate(() => hangUp.abort());
    await asked.catch(() => undefined);
  }
  await Promise.all(
    sessions.map(async ({ id }) => {
      const { status } = await owner.client.get(`/sessions/${id}`);
      if (status === 200) return;
      // What has been done is told once its entry is stored; whoever asks may be faster than that.
      for (let tries = 0; (await entries({ session: id })).length === 0; tries += 1) assert.ok(tries < 1_000, id);
    }),
  );
});
