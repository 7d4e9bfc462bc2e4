// Second factors: set up and turned off by their owner, asked for at every login, reset by administrators.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { audited } from '../lib/audit.mjs';
import { Client } from '../lib/client.mjs';
import { mailTo, tokenOf } from '../lib/mails.mjs';
import { newGuest, newPlatformAdmin, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { steadyStep, totp } from '../lib/totp.mjs';

const PATH = '/me/second-factors';
const WRONG = '0000-0000-0000-0000';
let server;
let anybody;
let root;

before(async () => {
  server = await Server.start();
  anybody = new Client(server);
  root = await newPlatformAdmin(server, 'root');
});
after(() => server.stop());

const signIn = (user, password = PASSWORD) => anybody.post('/auth/login', { login: user.username, password });
const finish = (challenge, method, code) => anybody.post('/auth/mfa', { challenge, method, code });
const removeTotp = (user, password = PASSWORD) => user.client.request('DELETE', `${PATH}/totp`, { password });

/** Has a user set one-time codes up; the code of the step before this one is spent by that. */
async function setUp(user) {
  await steadyStep();
  const setup = (await user.client.post(`${PATH}/totp`, { password: PASSWORD })).expect(200).body;
  const confirmed = await user.client.post(`${PATH}/totp/confirm`, { code: totp(setup.secret, -1) });
  return { ...setup, codes: confirmed.expect(200).body.recovery_codes };
}

async function newSecured(name) {
  const user = await newUser(server, name);
  return { user, ...(await setUp(user)) };
}

/** The challenge that a right password is answered with. */
async function challengeOf(user, password) {
  const { body } = (await signIn(user, password)).expect(200);
  assert.equal(body.mfa_required, true);
  assert.deepEqual([body.access_token, body.refresh_token, body.user], [undefined, undefined, undefined]);
  return body.challenge;
}

/** As if five minutes had gone by. */
function expireChallenges() {
  const program =
    'import sqlite3, sys\n' +
    'with sqlite3.connect(sys.argv[1], timeout=10) as database:\n' +
    '    database.execute("UPDATE login_challenges SET expires_at = 1")';
  execFileSync('python3', ['-c', program, join(server.dataDir, 'codecrafter.db')]);
}

describe('setting up', () => {
  test('takes the password and a code, and signs nobody out', async () => {
    const user = await newUser(server, 'setter');
    const path = `${PATH}/totp`;
    assert.deepEqual((await user.client.get(PATH)).expect(200).body, { totp: null, passkeys: [], recovery_codes: 0 });
    assertProblem(await user.client.post(`${path}/confirm`, { code: '123456' }), 409);
    assertProblem(await user.client.post(path, { password: 'wrong' }), 422, 'password');
    assertProblem(await user.client.post(path, {}), 422, 'password');
    const answer = (await user.client.post(path, { password: PASSWORD })).expect(200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { secret, uri, qr_svg: svg } = answer.body;
    assert.match(secret, /^[A-Z2-7]{32}$/);
    assert.equal(new URL(uri).searchParams.get('secret'), secret);
    assert.match(uri, new RegExp(`^otpauth://totp/CodeCrafter:${user.username}%40127.0.0.1\\?`));
    assert.match(svg, /^<\?xml.*<svg/s);
    // Nothing is asked for yet.
    (await signIn(user)).expect(200).body.access_token.at(0);
    await steadyStep();
    for (const code of ['', '12345', totp(secret, 5), `${totp(secret)}0`]) {
      assertProblem(await user.client.post(`${path}/confirm`, { code }), 422, 'code');
    }
    const confirmed = (await user.client.post(`${path}/confirm`, { code: totp(secret) })).expect(200).body;
    assert.equal(confirmed.recovery_codes.length, 10);
    for (const code of confirmed.recovery_codes)
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    const factors = (await user.client.get(PATH)).expect(200).body;
    assert.match(factors.totp.enabled_at, /Z$/);
    assert.equal(factors.recovery_codes, 10);
    assertProblem(await user.client.post(path, { password: PASSWORD }), 409);
    assertProblem(await user.client.post(`${path}/confirm`, { code: totp(secret, 1) }), 409);
    await mailTo(server, user.email, 'sign-in is on');
    const [entry] = await audited(root, 'account.second_factor_enabled', user);
    assert.deepEqual([entry.actor_id, entry.detail], [user.id, 'one-time codes']);
  });

  test('keeps what was signed in before, and API keys', async () => {
    const user = await newUser(server, 'before');
    const { body: key } = (await user.client.post('/me/api-keys', { name: 'CI', scopes: ['read'] })).expect(201);
    await setUp(user);
    (await user.client.get('/me')).expect(200);
    (await anybody.post('/auth/refresh', { refresh_token: user.refreshToken })).expect(200);
    (await new Client(server, key.key).get('/me')).expect(200);
    assertProblem(await new Client(server, key.key).get(PATH), 403);
  });

  test('beginning again replaces the secret', async () => {
    const user = await newUser(server, 'again');
    const begin = async () => (await user.client.post(`${PATH}/totp`, { password: PASSWORD })).expect(200).body.secret;
    const [first, second] = [await begin(), await begin()];
    await steadyStep();
    assertProblem(await user.client.post(`${PATH}/totp/confirm`, { code: totp(first) }), 422, 'code');
    (await user.client.post(`${PATH}/totp/confirm`, { code: totp(second) })).expect(200);
  });

  test('leaves no secret in the data folder or the log', async () => {
    const { secret, codes, uri } = await newSecured('kept');
    const files = readdirSync(server.dataDir, { recursive: true })
      .map((name) => join(server.dataDir, name))
      .filter((path) => !path.includes('/cache/') && !path.endsWith('.draft') && statSync(path).isFile());
    const stored = Buffer.concat(files.map((path) => readFileSync(path))).toString('latin1') + server.log;
    for (const text of [secret, uri, ...codes, ...codes.map((code) => code.replaceAll('-', ''))]) {
      assert.ok(!stored.includes(text));
    }
  });

  test('is not for guests', async () => {
    const owner = await newUser(server, 'host');
    const guest = await newGuest(server, owner, await owner.client.session({ visibility: 'link' }));
    assertProblem(await guest.client.get(PATH), 403);
    assertProblem(await guest.client.post(`${PATH}/totp`, { password: '' }), 403);
  });
});

describe('signing in', () => {
  test('takes a code after the password, and each code once', async () => {
    const { user, secret } = await newSecured('signer');
    assertProblem(await signIn(user, 'wrong'), 401);
    const answer = (await signIn(user)).expect(200);
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { challenge, methods, expires_in: life } = answer.body;
    assert.deepEqual([methods, life], [['totp', 'recovery_code'], 300]);
    assertProblem(await finish(challenge, 'totp', totp(secret, -1)), 422, 'code');
    assertProblem(await finish(challenge, 'totp', totp(secret, 4)), 422, 'code');
    const code = totp(secret);
    const { body, headers } = (await finish(challenge, 'totp', code)).expect(200);
    assert.match(headers.get('set-cookie'), /HttpOnly/);
    assert.equal((await new Client(server, body.access_token).get('/me')).expect(200).body.id, user.id);
    // Neither the challenge nor the code is good for another login.
    assertProblem(await finish(challenge, 'totp', totp(secret, 1)), 401);
    assertProblem(await finish(await challengeOf(user), 'totp', code), 422, 'code');
    (await finish(await challengeOf(user), 'totp', totp(secret, 1))).expect(200);
    const failed = await audited(root, 'login.failed', user);
    assert.ok(failed.some((entry) => entry.detail === 'wrong one-time code' && entry.actor_id === null));
    assert.equal((await audited(root, 'login.succeeded', user)).length, 3, 'with the registration');
  });

  test('of many with one code one wins', async () => {
    const { user, secret } = await newSecured('crowd');
    const challenges = await Promise.all(Array.from({ length: 8 }, () => challengeOf(user)));
    const code = totp(secret);
    const answers = await Promise.all(challenges.map((challenge) => finish(challenge, 'totp', code)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join());
  });

  test('of many with one challenge one wins', async () => {
    const { user, codes } = await newSecured('rush');
    const challenge = await challengeOf(user);
    const answers = await Promise.all(codes.slice(0, 4).map((code) => finish(challenge, 'recovery_code', code)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join());
  });

  test('a recovery code will do, once, however it is typed', async () => {
    const { user, codes } = await newSecured('recoverer');
    const [first, second] = codes;
    (await finish(await challengeOf(user), 'recovery_code', first)).expect(200);
    const challenge = await challengeOf(user);
    assertProblem(await finish(challenge, 'recovery_code', first), 422, 'code');
    assertProblem(await finish(challenge, 'recovery_code', WRONG), 422, 'code');
    assertProblem(await finish(challenge, 'totp', second), 422, 'code');
    (await finish(challenge, 'recovery_code', ` ${second.toLowerCase().replaceAll('-', ' ')} `)).expect(200);
    assert.equal((await user.client.get(PATH)).body.recovery_codes, 8);
    assert.match((await mailTo(server, user.email, 'recovery code was used', 2)).text, /8 are left/);
    const other = await newSecured('other-recoverer');
    assertProblem(await finish(await challengeOf(user), 'recovery_code', other.codes[0]), 422, 'code');
  });

  test('a challenge is good for five tries', async () => {
    const { user, secret } = await newSecured('guesser');
    const challenge = await challengeOf(user);
    for (let index = 0; index < 5; index += 1) {
      assertProblem(await finish(challenge, 'totp', totp(secret, 10 + index)), 422, 'code');
    }
    assertProblem(await finish(challenge, 'totp', totp(secret)), 401);
    (await finish(await challengeOf(user), 'totp', totp(secret))).expect(200);
  });

  test('a challenge expires, and nonsense is none', async () => {
    const { user, secret } = await newSecured('late');
    const challenge = await challengeOf(user);
    expireChallenges();
    assertProblem(await finish(challenge, 'totp', totp(secret)), 401);
    for (const nonsense of ['', 'x', 'x'.repeat(10_000), user.token]) {
      assertProblem(await finish(nonsense, 'totp', totp(secret)), 401);
    }
    const again = await challengeOf(user);
    assertProblem(await finish(again, 'totp', 'x'.repeat(10_000)), 422, 'code');
    assertProblem(await finish(again, 'sms', '1'), 422, 'method');
    assertProblem(await anybody.post('/auth/mfa', { challenge: again, method: 'totp' }), 422, 'code');
    // A challenge is no token.
    assertProblem(await new Client(server, again).get('/me'), 401);
    assertProblem(await anybody.post('/auth/refresh', { refresh_token: again }), 401);
  });

  test('who was deactivated gets no challenge, and none of before is good', async () => {
    const { user, secret } = await newSecured('shut');
    const challenge = await challengeOf(user);
    (await root.client.post(`/admin/users/${user.id}/deactivate`)).expect(204);
    assertProblem(await signIn(user), 403);
    assertProblem(await finish(challenge, 'totp', totp(secret)), [401, 403]);
  });

  test('all challenges of an account together are bounded, and nobody else’s', async () => {
    const strict = await Server.start({ CODECRAFTER_RATE_LIMITS: 'on' });
    try {
      const [user, other] = [await newUser(strict, 'bounded'), await newUser(strict, 'unbounded')];
      const [{ secret }, { secret: otherSecret }] = [await setUp(user), await setUp(other)];
      const client = new Client(strict);
      const challenge = async ({ username }) =>
        (await client.post('/auth/login', { login: username, password: PASSWORD })).expect(200).body.challenge;
      const attempt = async (of, code) =>
        (await client.post('/auth/mfa', { challenge: of, method: 'totp', code })).status;
      for (let round = 0; round < 2; round += 1) {
        const guessed = await challenge(user);
        for (let index = 0; index < 5; index += 1) assert.equal(await attempt(guessed, totp(secret, 10)), 422);
      }
      assert.equal(await attempt(await challenge(user), totp(secret)), 429);
      assert.equal(await attempt(await challenge(other), totp(otherSecret)), 200);
    } finally {
      await strict.stop();
    }
  });
});

describe('no way around', () => {
  test('a password that was reset takes the second factor, too', async () => {
    const { user, secret } = await newSecured('resetter');
    const stale = await challengeOf(user);
    (await anybody.post('/auth/password/forgot', { email: user.email })).expect(202);
    const token = tokenOf(await mailTo(server, user.email, 'new password'));
    const password = 'another long passphrase';
    const answer = (await anybody.post('/auth/password/reset', { token, password })).expect(204);
    assert.equal(answer.headers.get('set-cookie'), null);
    assertProblem(await finish(stale, 'totp', totp(secret)), 401);
    (await finish(await challengeOf(user, password), 'totp', totp(secret))).expect(200);
  });

  test('signing out everywhere else ends logins that wait', async () => {
    const { user, secret } = await newSecured('everywhere');
    const challenge = await challengeOf(user);
    (await user.client.delete('/me/logins?keep_current=true')).expect(204);
    assertProblem(await finish(challenge, 'totp', totp(secret)), 401);
  });
});

describe('turning off', () => {
  test('takes the password, and leaves nothing', async () => {
    const { user, secret } = await newSecured('quitter');
    const challenge = await challengeOf(user);
    assertProblem(await removeTotp(user, 'wrong'), 422, 'password');
    (await removeTotp(user)).expect(204);
    assertProblem(await removeTotp(user), 404);
    assert.deepEqual((await user.client.get(PATH)).body, { totp: null, passkeys: [], recovery_codes: 0 });
    assertProblem(await finish(challenge, 'totp', totp(secret)), 422);
    assert.ok((await signIn(user)).expect(200).body.access_token);
    await mailTo(server, user.email, 'sign-in is off');
    assert.equal((await audited(root, 'account.second_factor_disabled', user)).length, 1);
  });

  test('new recovery codes replace those of before', async () => {
    const { user, codes } = await newSecured('renewer');
    const renew = (password) => user.client.post(`${PATH}/recovery-codes`, { password });
    assertProblem(await renew('wrong'), 422, 'password');
    const fresh = (await renew(PASSWORD)).expect(200).body.recovery_codes;
    assert.equal(new Set([...fresh, ...codes]).size, 20);
    const challenge = await challengeOf(user);
    assertProblem(await finish(challenge, 'recovery_code', codes[0]), 422, 'code');
    (await finish(challenge, 'recovery_code', fresh[0])).expect(200);
    await mailTo(server, user.email, 'new recovery codes');
    const plain = await newUser(server, 'plain');
    assertProblem(await plain.client.post(`${PATH}/recovery-codes`, { password: PASSWORD }), 409);
  });
});

describe('administrators', () => {
  test('reset a second factor that was lost', async () => {
    const { user, secret } = await newSecured('loser');
    const path = `/admin/users/${user.id}`;
    assert.equal((await root.client.get(path)).expect(200).body.second_factor, true);
    const challenge = await challengeOf(user);
    (await root.client.post(`${path}/second-factor/reset`)).expect(204);
    assert.equal((await root.client.get(path)).body.second_factor, false);
    assertProblem(await finish(challenge, 'totp', totp(secret)), 401);
    assert.ok((await signIn(user)).expect(200).body.access_token);
    (await user.client.get('/me')).expect(200);
    await mailTo(server, user.email, 'was reset');
    const [entry] = await audited(root, 'admin.second_factor_reset', user);
    assert.equal(entry.actor_id, root.id);
    (await root.client.post(`${path}/second-factor/reset`)).expect(204);
    assert.equal((await audited(root, 'admin.second_factor_reset', user)).length, 1);
  });

  test('neither their own, nor by a key', async () => {
    assertProblem(await root.client.post(`/admin/users/${root.id}/second-factor/reset`), 409);
    const { body } = (await root.client.post('/me/api-keys', { name: 'CI', scopes: ['admin'] })).expect(201);
    const { user } = await newSecured('guarded');
    assertProblem(await new Client(server, body.key).post(`/admin/users/${user.id}/second-factor/reset`), 403);
    await challengeOf(user);
  });

  test('reset it on the command line, too', async () => {
    const { user } = await newSecured('commanded');
    assert.match(server.command('user', 'reset-second-factor', user.username), /password alone/);
    assert.match(server.command('user', 'reset-second-factor', user.username), /no second factor/);
    assert.ok((await signIn(user)).expect(200).body.access_token);
    const [entry] = await audited(root, 'admin.second_factor_reset', user);
    assert.equal(entry.channel, 'command_line');
  });
});
