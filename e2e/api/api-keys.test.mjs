// What programs sign in with: made once, good for their scopes, gone when revoked.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { newGuest, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient } from '../lib/sync.mjs';

const PATH = '/me/api-keys';
const SCOPES = ['read', 'execute', 'sessions', 'admin'];
let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'keys');
});
after(() => server.stop());

/** A new key of somebody, with a client that sends it. */
async function keyOf(owner, scopes, fields = {}) {
  const { body } = (await owner.client.post(PATH, { name: 'CI', scopes, ...fields })).expect(201);
  return { ...body, client: new Client(server, body.key) };
}
const listed = async (owner, id) => (await owner.client.get(PATH)).body.items.find((key) => key.id === id);

test('a key is shown once, and never stored', async () => {
  const key = await keyOf(user, ['execute', 'read'], { name: '  CI <b>“é”</b> ' });
  assert.match(key.key, /^cck_[\w-]{65}$/);
  assert.equal(key.name, 'CI <b>“é”</b>');
  assert.deepEqual(key.scopes, ['read', 'execute']);
  assert.deepEqual([key.expires_at, key.last_used_at], [null, null]);
  const { text } = (await user.client.get(PATH)).expect(200);
  assert.ok(text.includes(key.id) && !text.includes(key.key) && !/hash/.test(text));
  const secret = key.key.slice(26);
  const files = readdirSync(server.dataDir).filter((name) => name.startsWith('codecrafter.db'));
  assert.ok(files.some((name) => readFileSync(join(server.dataDir, name)).includes('CI <b>“é”</b>')));
  for (const name of files) {
    const bytes = readFileSync(join(server.dataDir, name));
    assert.ok(!bytes.includes(secret) && !bytes.includes(Buffer.from(secret, 'base64url')), name);
  }
});

test('a key signs in as its user', async () => {
  const key = await keyOf(user, ['read']);
  assert.equal((await key.client.get('/me')).expect(200).body.id, user.id);
  assert.ok((await listed(user, key.id)).last_used_at);
});

test('the last use outlives the server', async () => {
  const key = await keyOf(user, ['read']);
  (await key.client.get('/me')).expect(200);
  const { last_used_at } = await listed(user, key.id);
  await server.interrupt();
  await server.restart();
  assert.equal((await listed(user, key.id)).last_used_at, last_used_at);
});

test('what cannot be a key is refused by field', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  for (const [fields, field] of [
    [{ scopes: ['read'] }, 'name'],
    [{ name: '', scopes: ['read'] }, 'name'],
    [{ name: 'x'.repeat(65), scopes: ['read'] }, 'name'],
    [{ name: 'a\u0000b', scopes: ['read'] }, 'name'],
    [{ name: 'x' }, 'scopes'],
    [{ name: 'x', scopes: [] }, 'scopes'],
    [{ name: 'x', scopes: ['read', 'read'] }, 'scopes'],
    [{ name: 'x', scopes: ['everything'] }, 'scopes[0]'],
    [{ name: 'x', scopes: ['read'], expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'x', scopes: ['read'], expires_at: '2120-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'x', scopes: ['read'], expires_at: 'soon' }, 'expires_at'],
    [{ name: 'x', scopes: ['read'], user_id: user.id, expires_at: soon }, 'user_id'],
  ]) {
    assertProblem(await user.client.post(PATH, fields), 422, field);
  }
});

test('what is no key, or somebody else’s secret, does not sign in', async () => {
  const [one, two] = [await keyOf(user, SCOPES), await keyOf(await newUser(server, 'other'), SCOPES)];
  const mixed = one.key.slice(0, 26) + two.key.slice(26);
  const last = one.key.at(-1) === 'A' ? 'E' : 'A';
  for (const token of [
    mixed,
    one.key.slice(0, -1) + last,
    one.key.slice(0, -1),
    `${one.key}A`,
    'cck_',
    `cck_${'A'.repeat(65)}`,
  ]) {
    const answer = assertProblem(await new Client(server, token).get('/me'), 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
  }
});

test('an expired key does not sign in', async () => {
  const key = await keyOf(user, ['read'], { expires_at: new Date(Date.now() + 1_500).toISOString() });
  (await key.client.get('/me')).expect(200);
  let status = 200;
  while (status === 200) ({ status } = await key.client.get('/me'));
  assert.equal(status, 401);
  assert.ok(await listed(user, key.id), 'it is still listed');
});

describe('a scope', () => {
  const python = { language: 'python', code: 'print(1)' };
  /** An operation of each kind, and the scopes of which any one is enough. */
  const OPERATIONS = [
    ['GET', '/me', undefined, ['read']],
    ['HEAD', '/me', undefined, ['read']],
    ['GET', '/sessions', undefined, ['read', 'sessions']],
    ['POST', '/sessions', { title: 'T', language: 'python' }, ['sessions']],
    ['GET', '/sessions/{id}/files', undefined, ['read', 'sessions']],
    ['GET', '/sessions/{id}/invites', undefined, ['sessions']],
    ['POST', '/sessions/{id}/messages', { text: 'hello' }, ['sessions']],
    ['POST', '/executions', python, ['execute']],
    ['GET', '/executions/{run}', undefined, ['read', 'execute']],
  ];
  test('is good for its own operations only', async () => {
    const session = await user.client.session();
    const run = (await user.client.post('/executions', python)).expect(202).body.id;
    for (const scope of SCOPES) {
      const { client } = await keyOf(user, [scope]);
      for (const [method, path, body, scopes] of OPERATIONS) {
        const answer = await client.request(method, path.replace('{id}', session.id).replace('{run}', run), body);
        const shown = `${scope}: ${method} ${path} ${answer.status}`;
        assert.equal(answer.status < 300, scopes.includes(scope), shown);
        if (scopes.includes(scope)) continue;
        assert.equal(answer.status, 403, shown);
        assert.equal(
          answer.headers.get('www-authenticate'),
          `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`,
        );
      }
    }
  });

  test('manages neither keys nor the account', async () => {
    const { client, id } = await keyOf(user, SCOPES);
    for (const [method, path, body] of [
      ['GET', PATH],
      ['POST', PATH, { name: 'more', scopes: ['read'] }],
      ['DELETE', `${PATH}/${id}`],
      ['PATCH', '/me', { display_name: 'X' }],
    ]) {
      assertProblem(await client.request(method, path, body), 403);
    }
  });

  test('is asked for by sockets, too', async () => {
    const session = await user.client.session();
    const run = (await user.client.post('/executions', { language: 'python', code: 'input()', interactive: true }))
      .body;
    const sockets = {
      [`/sync/${session.id}`]: 'sessions',
      [`/sessions/${session.id}/events`]: 'sessions',
      [`/executions/${run.id}/attach`]: 'execute',
    };
    for (const [path, needed] of Object.entries(sockets)) {
      for (const scope of SCOPES) {
        const socket = new BareClient(server, path, (await keyOf(user, [scope])).key);
        const got = await Promise.race([socket.code(), socket.hears()]);
        assert.equal(got, scope === needed ? 'frame' : 4403, `${scope} at ${path}`);
        socket.destroy();
        await user.client.delete(`${PATH}/${(await user.client.get(PATH)).body.items[0].id}`);
      }
    }
    await user.client.delete(`/executions/${run.id}`);
  });
});

test('a revoked key is refused at once, and its sockets close with 4401', async () => {
  const user = await newUser(server, 'revoking');
  const session = await user.client.session();
  const [gone, kept] = [await keyOf(user, ['read', 'sessions']), await keyOf(user, ['read', 'sessions'])];
  const sockets = [gone, kept].map((key) => new BareClient(server, `/sync/${session.id}`, key.key));
  for (const socket of sockets) assert.equal(await Promise.race([socket.code(), socket.hears()]), 'frame');
  (await gone.client.get('/me')).expect(200);
  (await user.client.delete(`${PATH}/${gone.id}`)).expect(204);
  assertProblem(await gone.client.get('/me'), 401);
  assert.equal(await sockets[0].code(), 4401);
  (await kept.client.get('/me')).expect(200);
  sockets[1].destroy();
  assertProblem(await user.client.delete(`${PATH}/${gone.id}`), 404);
});

test('keys belong to their user, and guests have none', async () => {
  const user = await newUser(server, 'owning');
  const [key, other] = [await keyOf(user, ['read']), await newUser(server, 'other')];
  assertProblem(await other.client.delete(`${PATH}/${key.id}`), 404);
  assert.deepEqual((await other.client.get(PATH)).expect(200).body.items, []);
  (await key.client.get('/me')).expect(200);
  const guest = await newGuest(server, user, await user.client.session({ visibility: 'link' }));
  assertProblem(await guest.client.get(PATH), 403);
  assertProblem(await guest.client.post(PATH, { name: 'x', scopes: ['read'] }), 403);
});

test('nobody has more than 25 keys, however quickly they ask', async () => {
  const many = await newUser(server, 'many');
  const asked = Array.from({ length: 32 }, () => many.client.post(PATH, { name: 'x', scopes: ['read'] }));
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 201).length, 25);
  assert.equal(statuses.filter((status) => status === 409).length, 7);
});
