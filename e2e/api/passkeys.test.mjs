// Passkeys: added, renamed and removed by their owner, and taken away by administrators.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { unzipSync } from 'fflate';

import { audited } from '../lib/audit.mjs';
import { Authenticator, Flag } from '../lib/authenticator.mjs';
import { Client } from '../lib/client.mjs';
import { mailTo, tokenOf } from '../lib/mails.mjs';
import { FACTORS, ORIGIN, PasskeyClient, PASSKEYS } from '../lib/passkeys.mjs';
import { newGuest, newPlatformAdmin, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { sql } from '../lib/sql.mjs';
import { steadyStep, totp } from '../lib/totp.mjs';

let server;
let keys;
let anybody;
let root;

before(async () => {
  server = await Server.start({ CODECRAFTER_PUBLIC_URL: ORIGIN });
  keys = new PasskeyClient(server);
  anybody = keys.anybody;
  root = await newPlatformAdmin(server, 'root');
});
after(() => server.stop());

const remove = (user, id, password = PASSWORD) => user.client.request('DELETE', `${PASSKEYS}/${id}`, { password });

describe('adding', () => {
  test('takes the password and a name, and says what the browser needs', async () => {
    const user = await newUser(server, 'adder');
    assertProblem(await keys.begin(user, 'Key', 'wrong'), 422, 'password');
    for (const name of ['', ' ', 'x'.repeat(65), 'a\u0000b']) assertProblem(await keys.begin(user, name), 422, 'name');
    const answer = (await keys.begin(user, ' Phone ')).expect(200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { ceremony, public_key: options, expires_in: life } = answer.body;
    assert.equal(life, 300);
    assert.deepEqual(options.rp, { id: 'code.example.org', name: 'CodeCrafter' });
    assert.equal(options.user.name, user.username);
    const { residentKey, requireResidentKey, userVerification } = options.authenticatorSelection;
    assert.deepEqual([residentKey, requireResidentKey, userVerification], ['required', true, 'required']);
    assert.equal(options.attestation, 'none');
    // Nothing is asked for yet.
    (await keys.signIn(user)).expect(200).body.access_token.at(0);
    const device = new Authenticator(ORIGIN, { synchronised: true });
    const added = (await keys.finish(user, ceremony, device.create(options))).expect(201);
    assert.equal(added.headers.get('cache-control'), 'no-store');
    const { passkey, recovery_codes: codes } = added.body;
    assert.equal(codes.length, 10);
    assert.deepEqual([passkey.name, passkey.used_at, passkey.backed_up], ['Phone', null, true]);
    const { totp: app, passkeys, recovery_codes: left } = await keys.factors(user);
    assert.deepEqual([app, passkeys, left], [null, [passkey], 10]);
    (await user.client.get('/me')).expect(200);
    assert.match((await mailTo(server, user.email, 'passkey was added')).text, /another passkey/);
    const [entry] = await audited(root, 'account.second_factor_enabled', user);
    assert.deepEqual([entry.actor_id, entry.detail, entry.object_id], [user.id, 'passkey', passkey.id]);
  });

  test('a second one brings no codes, and is not the first one again', async () => {
    const { user, authenticator } = await keys.secured('two');
    const { ceremony, public_key: options } = (await keys.begin(user, 'Again')).expect(200).body;
    assert.deepEqual(
      options.excludeCredentials.map(({ id }) => id),
      [authenticator.id.toString('base64url')],
    );
    const copy = new Authenticator(ORIGIN);
    assertProblem(await keys.finish(user, ceremony, copy.create(options, { id: authenticator.id })), [409, 422]);
    const { recovery_codes: codes } = await keys.add(user, { name: 'Other' });
    assert.deepEqual(codes, []);
    const { passkeys, recovery_codes: left } = await keys.factors(user);
    assert.deepEqual([passkeys.map(({ name }) => name), left], [['Key', 'Other'], 10]);
    // Nor is it somebody else's.
    const thief = await newUser(server, 'thief');
    const asked = (await keys.begin(thief)).expect(200).body;
    const stolen = new Authenticator(ORIGIN).create(asked.public_key, { id: authenticator.id });
    assertProblem(await keys.finish(thief, asked.ceremony, stolen), 409);
    assert.deepEqual((await keys.factors(thief)).passkeys, []);
  });

  test('brings no codes beside one-time codes, whose codes stay', async () => {
    const user = await newUser(server, 'both');
    await steadyStep();
    const { secret } = (await user.client.post(`${FACTORS}/totp`, { password: PASSWORD })).expect(200).body;
    const { body } = (await user.client.post(`${FACTORS}/totp/confirm`, { code: totp(secret, -1) })).expect(200);
    const { authenticator, recovery_codes: none } = await keys.add(user);
    assert.deepEqual(none, []);
    const { methods } = (await keys.signIn(user)).expect(200).body;
    assert.deepEqual(methods, ['passkey', 'totp', 'recovery_code']);
    (await keys.second(user, authenticator)).expect(200);
    const challenge = await keys.challengeOf(user);
    const code = body.recovery_codes[0];
    (await anybody.post('/auth/mfa', { challenge, method: 'recovery_code', code })).expect(200);
    (await user.client.request('DELETE', `${FACTORS}/totp`, { password: PASSWORD })).expect(204);
    await mailTo(server, user.email, 'One-time codes are off');
    assert.deepEqual((await keys.signIn(user)).expect(200).body.methods, ['passkey', 'recovery_code']);
    assert.equal((await keys.factors(user)).recovery_codes, 9);
  });

  test('what was not asked for is not added', async () => {
    const [user, other] = [await newUser(server, 'asked'), await newUser(server, 'unasked')];
    const device = new Authenticator(ORIGIN);
    const wrongs = [
      { client: { origin: 'https://evil.example' } },
      { client: { origin: 'https://sub.code.example.org' } },
      { client: { origin: 'http://code.example.org' } },
      { client: { origin: `${ORIGIN}:8443` } },
      { client: { challenge: randomBytes(32).toString('base64url') } },
      { client: { type: 'webauthn.get' } },
      { client: { crossOrigin: true } },
      { rpId: 'evil.example' },
      { without: Flag.VERIFIED },
      { without: Flag.PRESENT },
    ];
    for (const wrong of wrongs) {
      const { ceremony, public_key: options } = (await keys.begin(user)).expect(200).body;
      assertProblem(await keys.finish(user, ceremony, device.create(options, wrong)), 422, 'credential');
      // It was the only answer.
      assertProblem(await keys.finish(user, ceremony, device.create(options)), 422, 'credential');
    }
    const { ceremony, public_key: options } = (await keys.begin(user)).expect(200).body;
    const credential = device.create(options);
    assertProblem(await keys.finish(other, ceremony, credential), 422, 'credential');
    assertProblem(await keys.finish(user, ceremony, credential), 422, 'credential');
    for (const nonsense of ['', 'x', 'x'.repeat(10_000)]) {
      assertProblem(await keys.finish(user, nonsense, credential), 422, 'credential');
    }
    assertProblem(await keys.finish(user, ceremony, {}), 422);
    assertProblem(await keys.finish(user, ceremony, { ...credential, response: { clientDataJSON: '!' } }), 422);
    const signed = await keys.askAnybody();
    assertProblem(await keys.finish(user, signed.ceremony, credential), 422, 'credential');
    for (const who of [user, other]) assert.deepEqual((await keys.factors(who)).passkeys, []);
  });

  test('an answer comes within five minutes', async () => {
    const user = await newUser(server, 'slow');
    const { ceremony, public_key: options } = (await keys.begin(user)).expect(200).body;
    sql(server, 'UPDATE passkey_ceremonies SET expires_at = 1');
    assertProblem(await keys.finish(user, ceremony, new Authenticator(ORIGIN).create(options)), 422, 'credential');
  });

  test('twenty are the most', async () => {
    const user = await newUser(server, 'collector');
    for (let index = 0; index < 20; index += 1) await keys.add(user);
    const { ceremony, public_key: options } = (await keys.begin(user)).expect(200).body;
    assert.equal(options.excludeCredentials.length, 20);
    assertProblem(await keys.finish(user, ceremony, new Authenticator(ORIGIN).create(options)), 409);
  });

  test('is neither for guests nor for API keys', async () => {
    const owner = await newUser(server, 'host');
    const guest = await newGuest(server, owner, await owner.client.session({ visibility: 'link' }));
    assertProblem(await keys.begin(guest), 403);
    const { body: key } = (await owner.client.post('/me/api-keys', { name: 'CI', scopes: ['read'] })).expect(201);
    assertProblem(await new Client(server, key.key).post(PASSKEYS, { password: PASSWORD, name: 'x' }), 403);
  });
});

describe('changing', () => {
  test('a name, by its owner', async () => {
    const { user, passkey } = await keys.secured('renamer');
    const other = await newUser(server, 'other-renamer');
    const path = `${PASSKEYS}/${passkey.id}`;
    assertProblem(await other.client.patch(path, { name: 'Mine' }), 404);
    assertProblem(await user.client.patch(path, { name: '' }), 422, 'name');
    (await user.client.patch(path, { name: 'Büro 🔑' })).expect(204);
    assert.equal((await keys.factors(user)).passkeys[0].name, 'Büro 🔑');
    const [entry] = await audited(root, 'account.passkey_renamed', user);
    assert.deepEqual([entry.actor_id, entry.object_id, entry.detail], [user.id, passkey.id, null]);
  });

  test('removing takes the password, and the codes with the last factor', async () => {
    const { user, passkey, authenticator } = await keys.secured('remover');
    const { passkey: other } = await keys.add(user);
    const stranger = await newUser(server, 'stranger');
    assertProblem(await remove(stranger, passkey.id), 404);
    assertProblem(await remove(user, passkey.id, 'wrong'), 422, 'password');
    (await remove(user, passkey.id)).expect(204);
    assertProblem(await remove(user, passkey.id), 404);
    assert.equal((await keys.factors(user)).recovery_codes, 10);
    assertProblem(await keys.alone(authenticator), 401);
    assertProblem(await keys.second(user, authenticator), 422, 'answer');
    (await remove(user, other.id)).expect(204);
    assert.deepEqual(await keys.factors(user), { totp: null, passkeys: [], recovery_codes: 0 });
    assert.ok((await keys.signIn(user)).expect(200).body.access_token);
    await mailTo(server, user.email, 'passkey was removed', 2);
    assert.equal((await audited(root, 'account.second_factor_disabled', user)).length, 2);
  });
});

describe('in the hands of others', () => {
  test('administrators take them away, on the page and at the command line', async () => {
    for (const [name, reset] of [
      ['lost', async ({ id }) => (await root.client.post(`/admin/users/${id}/second-factor/reset`)).expect(204)],
      ['lost-too', ({ username }) => server.command('user', 'reset-second-factor', username)],
    ]) {
      const { user, authenticator } = await keys.secured(name);
      const asked = await keys.askAnybody();
      const detail = async () => (await root.client.get(`/admin/users/${user.id}`)).expect(200).body.second_factor;
      assert.equal(await detail(), true);
      await reset(user);
      assert.equal(await detail(), false);
      assert.deepEqual(await keys.factors(user), { totp: null, passkeys: [], recovery_codes: 0 });
      assertProblem(await keys.answerAlone(asked, authenticator.get(asked.public_key)), 401);
      assert.ok((await keys.signIn(user)).expect(200).body.access_token);
    }
  });

  test('whoever claimed an address does not stay in by a passkey', async () => {
    const { user, authenticator } = await keys.secured('claimer');
    (await anybody.post('/auth/password/forgot', { email: user.email })).expect(202);
    const token = tokenOf(await mailTo(server, user.email, 'new password'));
    (await anybody.post('/auth/password/reset', { token, password: 'another long passphrase' })).expect(204);
    assertProblem(await keys.alone(authenticator), 401);
  });

  test('an export names them, and holds no key', async () => {
    const { user, authenticator } = await keys.secured('exporter', { name: 'My phone' });
    const response = await fetch(`${server.url}/api/v1/me/export`, {
      headers: { authorization: `Bearer ${user.token}` },
    });
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    const text = Buffer.from(files['account.json']).toString();
    const { second_factors: exported } = JSON.parse(text);
    assert.deepEqual(exported, await keys.factors(user));
    assert.equal(exported.passkeys[0].name, 'My phone');
    assert.ok(!text.includes(authenticator.id.toString('base64url')));
  });

  test('nothing of a ceremony is in the store as it was sent', async () => {
    const { ceremony } = await keys.askAnybody();
    const hash = createHash('sha256').update(ceremony).digest('hex');
    assert.equal(sql(server, `SELECT count(*) FROM passkey_ceremonies WHERE hash = x'${hash}'`).trim(), '[(1,)]');
    assert.ok(!sql(server, 'SELECT * FROM passkey_ceremonies').includes(ceremony));
  });
});

describe('where they cannot be used', () => {
  test('everything says why', async () => {
    const insecure = await Server.start();
    try {
      const user = await newUser(insecure, 'plain');
      const client = new Client(insecure);
      assert.deepEqual((await client.get('/auth/passkey')).expect(200).body, { domain: null });
      const answers = [await client.post('/auth/passkey'), await keys.begin(user)];
      for (const answer of answers) {
        assertProblem(answer, 409);
        assert.match(answer.body.detail, /public_url/);
      }
      (await client.post('/auth/login', { login: user.username, password: PASSWORD })).expect(200);
    } finally {
      await insecure.stop();
    }
  });
});

test('asking and answering count as logins', async () => {
  const strict = await Server.start({
    CODECRAFTER_PUBLIC_URL: ORIGIN,
    CODECRAFTER_RATE_LIMITS: 'on',
    CODECRAFTER_LOGINS_PER_ADDRESS: '4',
  });
  try {
    const client = new Client(strict);
    const asked = (await client.post('/auth/passkey')).expect(200).body;
    const device = new Authenticator(ORIGIN);
    device.create({ rp: { id: 'code.example.org' }, user: { id: 'AAAA' }, challenge: 'AAAA' });
    const body = { ceremony: asked.ceremony, credential: device.get(asked.public_key) };
    assertProblem(await client.post('/auth/passkey/finish', body), 401);
    (await client.post('/auth/passkey')).expect(200);
    (await client.post('/auth/passkey')).expect(200);
    assertProblem(await client.post('/auth/passkey'), 429);
    assertProblem(await client.post('/auth/passkey/finish', body), 429);
  } finally {
    await strict.stop();
  }
});
