// Accounts and logins, as a program uses them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { forged } from '../lib/tokens.mjs';

const COOKIE = 'codecrafter_refresh';
let server;
let anybody;

before(async () => {
  server = await Server.start();
  anybody = new Client(server);
});
after(() => server.stop());

/** The refresh cookie that an answer sets: its value and attributes. */
function cookieOf(answer) {
  const line = answer.headers.getSetCookie().find((cookie) => cookie.startsWith(`${COOKIE}=`));
  assert.ok(line, 'the answer sets the refresh cookie');
  const [pair, ...attributes] = line.split(';').map((part) => part.trim());
  return { value: pair.slice(COOKIE.length + 1), attributes: attributes.map((one) => one.toLowerCase()) };
}

const withCookie = (value) => ({ headers: { cookie: `${COOKIE}=${value}`, 'x-requested-with': 'test' } });
const refresh = (token) => anybody.post('/auth/refresh', { refresh_token: token });
const logIn = async (user) =>
  (await anybody.post('/auth/login', { login: user.username, password: PASSWORD })).expect(200).body;

describe('registering', () => {
  test('gives the account and its tokens', async () => {
    const fields = { username: 'Ada_L', email: 'Ada@Example.org', password: PASSWORD, display_name: 'Ada Lovelace' };
    const answer = (await anybody.post('/auth/register', fields)).expect(201);
    const { user, ...tokens } = answer.body;
    assert.equal(user.username, 'ada_l', 'names are lower case');
    assert.equal(user.email, 'ada@example.org');
    assert.equal(user.display_name, 'Ada Lovelace');
    assert.match(user.color, /^#[0-9a-f]{6}$/);
    assert.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/, 'ids are UUIDv7');
    assert.match(user.created_at, /Z$/);
    assert.equal(tokens.token_type, 'Bearer');
    assert.ok(tokens.expires_in > 0);
    assert.deepEqual((await new Client(server, tokens.access_token).get('/me')).expect(200).body, user);
    assert.doesNotMatch(answer.text, /argon|hash|passphrase/i, 'nothing of the password');
  });

  test('sets the refresh token as a cookie that scripts and other sites cannot use', async () => {
    const fields = { username: 'cookie', email: 'cookie@example.org', password: PASSWORD };
    const answer = (await anybody.post('/auth/register', fields)).expect(201);
    const { value, attributes } = cookieOf(answer);
    assert.equal(value, answer.body.refresh_token);
    for (const attribute of ['httponly', 'samesite=strict', 'path=/api/v1/auth']) {
      assert.ok(attributes.includes(attribute), `${attribute} in ${attributes.join('; ')}`);
    }
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/, 'tokens are not for caches');
  });

  test('without a display name takes the user name', async () => {
    const fields = { username: 'plain', email: 'plain@example.org', password: PASSWORD };
    assert.equal((await anybody.post('/auth/register', fields)).expect(201).body.user.display_name, 'plain');
  });

  test('refuses a name or an address that is taken, and says which', async () => {
    const fields = { username: 'taken', email: 'taken@example.org', password: PASSWORD };
    (await anybody.post('/auth/register', fields)).expect(201);
    assertProblem(await anybody.post('/auth/register', { ...fields, email: 'x@example.org' }), 409, 'username');
    assertProblem(await anybody.post('/auth/register', { ...fields, username: 'TAKEN', email: 'y@example.org' }), 409);
    assertProblem(await anybody.post('/auth/register', { ...fields, username: 'other' }), 409, 'email');
  });

  test('lets exactly one of many that want the same name at once have it', async () => {
    const wish = (index) => ({ username: 'wanted', email: `w${index}@example.org`, password: PASSWORD });
    const answers = await Promise.all([0, 1, 2, 3, 4].map((index) => anybody.post('/auth/register', wish(index))));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409]);
  });

  test('is closed where the settings say so', async () => {
    const closed = await Server.start({ CODECRAFTER_REGISTRATION: 'closed' });
    const fields = { username: 'late', email: 'late@example.org', password: PASSWORD };
    assertProblem(await new Client(closed).post('/auth/register', fields), 403);
    await closed.stop();
  });
});

describe('logging in', () => {
  test('works by name and by email, whatever their case', async () => {
    const user = await newUser(server, 'login');
    for (const login of [user.username, user.email, user.username.toUpperCase(), user.email.toUpperCase()]) {
      const { body } = (await anybody.post('/auth/login', { login, password: PASSWORD })).expect(200);
      assert.equal(body.user.id, user.id);
    }
  });

  test('says the same for a wrong password and for nobody', async () => {
    const user = await newUser(server, 'wrong');
    const wrong = await anybody.post('/auth/login', { login: user.username, password: 'not the passphrase' });
    const nobody = await anybody.post('/auth/login', { login: 'nobody-at-all', password: PASSWORD });
    assertProblem(wrong, 401);
    assertProblem(nobody, 401);
    assert.equal(wrong.body.detail, nobody.body.detail);
    assert.equal(wrong.body.title, nobody.body.title);
  });
});

describe('the access token', () => {
  test('is needed, and nothing that resembles one will do', async () => {
    const user = await newUser(server, 'token');
    assertProblem(await anybody.get('/me'), 401);
    for (const token of ['nonsense', ' ', 'a.b.c', user.refreshToken, ...forged(user.token)]) {
      assertProblem(await new Client(server, token).get('/me'), 401);
    }
    for (const authorization of [user.token, `Basic ${user.token}`, 'Bearer', `Bearer ${user.token} x`]) {
      assertProblem(await anybody.get('/me', { headers: { authorization } }), 401);
    }
    const refusal = await anybody.get('/me');
    assert.match(refusal.headers.get('www-authenticate') ?? '', /^Bearer/);
  });

  test('of another server is refused', async () => {
    const other = await Server.start();
    const stranger = await newUser(other, 'stranger');
    assertProblem(await new Client(server, stranger.token).get('/me'), 401);
    await other.stop();
  });
});

describe('refreshing', () => {
  test('gives new tokens, each usable once', async () => {
    const user = await newUser(server, 'rotate');
    const first = (await refresh(user.refreshToken)).expect(200).body;
    assert.notEqual(first.refresh_token, user.refreshToken);
    assert.equal(first.user.id, user.id);
    const second = (await refresh(first.refresh_token)).expect(200).body;
    (await new Client(server, second.access_token).get('/me')).expect(200);
  });

  test('takes the cookie as well', async () => {
    const user = await newUser(server, 'bycookie');
    const answer = (await anybody.post('/auth/refresh', {}, withCookie(user.refreshToken))).expect(200);
    const { value } = cookieOf(answer);
    (await anybody.post('/auth/refresh', {}, withCookie(value))).expect(200);
  });

  test('with a used token ends the whole login', async () => {
    const user = await newUser(server, 'reuse');
    const other = await logIn(user);
    const thief = (await refresh(user.refreshToken)).expect(200).body;
    assertProblem(await refresh(user.refreshToken), 401);
    assertProblem(await refresh(thief.refresh_token), 401);
    (await refresh(other.refresh_token)).expect(200);
  });

  test('at the same time with the same token succeeds at most once', async () => {
    const user = await newUser(server, 'race');
    const answers = await Promise.all([0, 1, 2, 3].map(() => refresh(user.refreshToken)));
    assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
    assert.ok(answers.every(({ status }) => status === 200 || status === 401));
  });

  test('without a token or with one that is none is refused', async () => {
    assertProblem(await anybody.post('/auth/refresh', {}), 401);
    for (const token of ['', 'nonsense', 'x'.repeat(5_000), '\u0000', 'é']) {
      assertProblem(await refresh(token), [401, 422]);
    }
    assertProblem(await anybody.post('/auth/refresh', {}, withCookie('nonsense')), 401);
  });
});

describe('logging out', () => {
  test('ends this login and no other', async () => {
    const user = await newUser(server, 'logout');
    const other = await logIn(user);
    const answer = (await user.client.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
    const { value, attributes } = cookieOf(answer);
    assert.ok(value === '' || attributes.includes('max-age=0'), 'the cookie is taken back');
    assertProblem(await refresh(user.refreshToken), 401);
    (await refresh(other.refresh_token)).expect(200);
  });

  test('works by the cookie, and twice', async () => {
    const user = await newUser(server, 'logouttwice');
    (await anybody.post('/auth/logout', {}, withCookie(user.refreshToken))).expect(204);
    assertProblem(await refresh(user.refreshToken), 401);
    (await anybody.post('/auth/logout', {}, withCookie(user.refreshToken))).expect(204);
  });
});

test('one changes the own display name, which others then see', async () => {
  const user = await newUser(server, 'renames');
  const { body } = (await user.client.patch('/me', { display_name: '  Grace Hopper ' })).expect(200);
  assert.equal(body.display_name, 'Grace Hopper');
  const session = await user.client.session();
  assert.equal(session.owner.display_name, 'Grace Hopper');
  assert.equal(session.owner.email, undefined, 'addresses are private');
  for (const [name, fields] of Object.entries({ display_name: { display_name: '' }, email: { email: 'a@b.c' } })) {
    assertProblem(await user.client.patch('/me', fields), 422, name);
  }
});
