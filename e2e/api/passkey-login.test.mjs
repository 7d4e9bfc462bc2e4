// Signing in by a passkey: as the second step after a password, and alone; and by nothing that was not asked for.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { audited } from '../lib/audit.mjs';
import { Authenticator, Flag } from '../lib/authenticator.mjs';
import { Client } from '../lib/client.mjs';
import { FACTORS, ORIGIN, PasskeyClient } from '../lib/passkeys.mjs';
import { newPlatformAdmin, newUser, PASSWORD } from '../lib/people.mjs';
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

const refusals = async (user) => (await audited(root, 'login.failed', user)).map(({ detail }) => detail);

describe('the second step', () => {
  test('is done by a passkey of the account', async () => {
    const { user, authenticator } = await keys.secured('stepper');
    const { challenge, methods } = (await keys.signIn(user)).expect(200).body;
    assert.deepEqual(methods, ['passkey', 'recovery_code']);
    const answer = (await keys.askSecond(challenge)).expect(200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { public_key: options } = answer.body;
    assert.deepEqual([options.rpId, options.userVerification], ['code.example.org', 'required']);
    assert.deepEqual(
      options.allowCredentials.map(({ id }) => id),
      [authenticator.id.toString('base64url')],
    );
    const credential = authenticator.get(options);
    const { body, headers } = (await keys.answerSecond(challenge, answer.body, credential)).expect(200);
    assert.match(headers.get('set-cookie'), /HttpOnly/);
    assert.equal((await new Client(server, body.access_token).get('/me')).expect(200).body.id, user.id);
    // Neither the challenge nor the answer is good for another login.
    assertProblem(await keys.answerSecond(challenge, answer.body, credential), 401);
    assertProblem(await keys.askSecond(challenge), 401);
    assertProblem(await keys.answerSecond(await keys.challengeOf(user), answer.body, credential), 422, 'answer');
    const [passkey] = (await keys.factors(user)).passkeys;
    assert.match(passkey.used_at, /Z$/);
    assert.equal((await audited(root, 'login.succeeded', user))[0].detail, 'passkey');
    assert.ok((await refusals(user)).includes('passkey answered nothing that was asked'));
  });

  test('by nobody else’s, and by no other answer', async () => {
    const { user, authenticator } = await keys.secured('victim');
    const thief = await keys.secured('other-thief');
    assertProblem(await keys.second(user, thief.authenticator), 422, 'answer');
    assertProblem(
      await keys.second(user, thief.authenticator, { userHandle: authenticator.userHandle }),
      422,
      'answer',
    );
    assertProblem(
      await keys.second(user, authenticator, { userHandle: thief.authenticator.userHandle }),
      422,
      'answer',
    );
    // What one account was asked is no question for another.
    const [challenge, theirs] = [await keys.challengeOf(user), await keys.challengeOf(thief.user)];
    const asked = (await keys.askSecond(theirs)).expect(200).body;
    const credential = authenticator.get(asked.public_key);
    assertProblem(await keys.answerSecond(challenge, asked, credential), 422, 'answer');
    const nobodys = await keys.askAnybody();
    assertProblem(await keys.answerSecond(challenge, nobodys, authenticator.get(nobodys.public_key)), 422, 'answer');
    (await keys.second(user, authenticator)).expect(200);
    assert.ok((await refusals(user)).every((detail) => /passkey/.test(detail)));
  });

  test('has few tries', async () => {
    const { user, authenticator } = await keys.secured('tryer');
    const challenge = await keys.challengeOf(user);
    for (let index = 0; index < 5; index += 1) {
      const asked = (await keys.askSecond(challenge)).expect(200).body;
      const wrong = authenticator.get(asked.public_key, { without: Flag.VERIFIED });
      assertProblem(await keys.answerSecond(challenge, asked, wrong), 422, 'answer');
    }
    assertProblem(await keys.askSecond(challenge), 401);
    for (const nonsense of ['', 'x', 'x'.repeat(10_000), user.token])
      assertProblem(await keys.askSecond(nonsense), 401);
    const withoutPasskey = await newUser(server, 'coder');
    await steadyStep();
    const { secret } = (await withoutPasskey.client.post(`${FACTORS}/totp`, { password: PASSWORD })).expect(200).body;
    (await withoutPasskey.client.post(`${FACTORS}/totp/confirm`, { code: totp(secret, -1) })).expect(200);
    assertProblem(await keys.askSecond(await keys.challengeOf(withoutPasskey)), 409);
  });
});

describe('signing in by a passkey alone', () => {
  test('takes neither name nor password', async () => {
    const { user, authenticator } = await keys.secured('solo', { counts: true });
    const { domain } = (await anybody.get('/auth/passkey')).expect(200).body;
    assert.equal(domain, 'code.example.org');
    const asked = await keys.askAnybody();
    assert.deepEqual([asked.public_key.allowCredentials, asked.public_key.userVerification], [[], 'required']);
    const credential = authenticator.get(asked.public_key);
    const { body, headers } = (await keys.answerAlone(asked, credential)).expect(200);
    assert.match(headers.get('set-cookie'), /HttpOnly/);
    assert.equal(body.user.id, user.id);
    assert.equal((await new Client(server, body.access_token).get('/me')).expect(200).body.id, user.id);
    assertProblem(await keys.answerAlone(asked, credential), 401);
    assertProblem(await keys.answerAlone(await keys.askAnybody(), credential), 401);
    (await keys.alone(authenticator)).expect(200);
    const [entry] = await audited(root, 'login.succeeded', user);
    assert.deepEqual([entry.actor_id, entry.detail], [user.id, 'passkey alone']);
  });

  test('of many with one answer one wins', async () => {
    const { authenticator } = await keys.secured('crowd');
    const asked = await keys.askAnybody();
    const credential = authenticator.get(asked.public_key);
    const answers = await Promise.all(Array.from({ length: 8 }, () => keys.answerAlone(asked, credential)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, answers.map(({ status }) => status).join());
  });

  test('wrong answers are all refused alike', async () => {
    const { user, authenticator } = await keys.secured('target');
    const thief = await keys.secured('solo-thief');
    const unknown = new Authenticator(ORIGIN);
    unknown.create({ ...(await keys.begin(user)).expect(200).body.public_key });
    const wrongs = [
      [authenticator, { client: { origin: 'https://evil.example' } }],
      [authenticator, { client: { origin: 'https://code.example.org.evil.example' } }],
      [authenticator, { client: { challenge: randomBytes(32).toString('base64url') } }],
      [authenticator, { client: { type: 'webauthn.create' } }],
      [authenticator, { client: { crossOrigin: true } }],
      [authenticator, { rpId: 'evil.example' }],
      [authenticator, { without: Flag.VERIFIED }],
      [authenticator, { without: Flag.PRESENT }],
      [authenticator, { signature: randomBytes(70) }],
      [authenticator, { userHandle: thief.authenticator.userHandle }],
      [authenticator, { userHandle: randomBytes(16) }],
      [authenticator, { userHandle: Buffer.alloc(0) }],
      [thief.authenticator, { userHandle: authenticator.userHandle }],
      [unknown, {}],
    ];
    const answers = [];
    for (const [device, wrong] of wrongs) answers.push(await keys.alone(device, wrong));
    const late = await keys.askAnybody();
    sql(server, 'UPDATE passkey_ceremonies SET expires_at = 1');
    answers.push(await keys.answerAlone(late, authenticator.get(late.public_key)));
    const step = (await keys.askSecond(await keys.challengeOf(user))).expect(200).body;
    answers.push(await keys.answerAlone(step, authenticator.get(step.public_key)));
    answers.push(await keys.answerAlone({ ceremony: 'x'.repeat(10_000) }, authenticator.get(late.public_key)));
    for (const answer of answers) assertProblem(answer, 401);
    assert.deepEqual([...new Set(answers.map(({ text }) => text))].length, 1);
    assert.ok((await refusals(user)).includes('wrong passkey'));
    assert.ok((await refusals(null)).includes('passkey answered nothing that was asked'));
    (await keys.alone(authenticator)).expect(200);
  });

  test('a counter that goes backwards is refused, and told', async () => {
    const { user, authenticator, passkey } = await keys.secured('cloned', { counts: true });
    for (let index = 0; index < 3; index += 1) (await keys.alone(authenticator)).expect(200);
    for (const counter of [3, 2, 0]) {
      assertProblem(await keys.alone(authenticator, { counter }), 401);
      assertProblem(await keys.second(user, authenticator, { counter }), 422, 'answer');
    }
    const entries = (await audited(root, 'login.failed', user)).filter(
      ({ detail }) => detail === 'passkey counted backwards',
    );
    assert.equal(entries.length, 6);
    assert.deepEqual([entries[0].object_id, entries[0].actor_id], [passkey.id, null]);
    assert.match(server.log, /a passkey counted backwards/);
    (await keys.second(user, authenticator, { counter: 100 })).expect(200);
    assertProblem(await keys.alone(authenticator, { counter: 99 }), 401);
  });

  test('tells when a passkey has come to other devices', async () => {
    const { user, authenticator } = await keys.secured('syncer', { synchronised: true, backedUp: false });
    const isBackedUp = async () => (await keys.factors(user)).passkeys[0].backed_up;
    for (const signIn of [() => keys.alone(authenticator), () => keys.second(user, authenticator)]) {
      authenticator.backedUp = false;
      (await signIn()).expect(200);
      assert.equal(await isBackedUp(), false);
      authenticator.backedUp = true;
      (await signIn()).expect(200);
      assert.equal(await isBackedUp(), true);
    }
    // What was bound to one device does not come to others.
    authenticator.synchronised = false;
    assertProblem(await keys.alone(authenticator), 401);
  });

  test('is not for the deactivated and the deleted', async () => {
    const { user, authenticator } = await keys.secured('shut');
    (await root.client.post(`/admin/users/${user.id}/deactivate`)).expect(204);
    assertProblem(await keys.alone(authenticator), 403);
    (await root.client.post(`/admin/users/${user.id}/activate`)).expect(204);
    (await keys.alone(authenticator)).expect(200);
    const leaver = await keys.secured('leaver');
    (await leaver.user.client.request('DELETE', '/me', { password: PASSWORD })).expect(204);
    assertProblem(await keys.alone(leaver.authenticator), 401);
    assert.equal(
      sql(server, `SELECT count(*) FROM passkeys WHERE user_id = x'${leaver.user.id.replaceAll('-', '')}'`).trim(),
      '[(0,)]',
    );
  });
});
