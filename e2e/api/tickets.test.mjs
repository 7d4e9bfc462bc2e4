// How a socket finds out who opens it: header, ticket, token in the address, cookie; and what cookies are good for.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { after, before, describe, test } from 'node:test';

import WebSocket from 'ws';

import { Client } from '../lib/client.mjs';
import { newGuest, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { within } from '../lib/until.mjs';

let server;
let user;
let session;

before(async () => {
  server = await Server.start({ CODECRAFTER_LOG: 'trace' });
  user = await newUser(server, 'ticket');
  session = await user.client.session();
});
after(() => server.stop());

const ticketOf = async ({ client } = user) => (await client.post('/auth/tickets')).expect(201).body;

/** How a socket of the session begins: with a frame, or with the code that closes it. */
async function opens(query, headers = {}, path = `/sessions/${session.id}/events`) {
  const search = new URLSearchParams(query).toString();
  const socket = new WebSocket(`${server.sockets}${path}${search && `?${search}`}`, { headers });
  socket.on('error', () => {});
  const answer = new Promise((resolve) => {
    socket.once('message', () => resolve('frame'));
    socket.once('close', (code) => resolve(code));
  });
  try {
    return await within(answer, 'an answer of the socket');
  } finally {
    socket.terminate();
  }
}

/** The cookies of a login, by name. */
async function cookies() {
  const answer = await new Client(server).post('/auth/login', { login: user.username, password: PASSWORD });
  return Object.fromEntries(
    answer.headers.getSetCookie().map((line) => {
      const [pair] = line.split(';');
      return [pair.slice(0, pair.indexOf('=')), { pair, line }];
    }),
  );
}

describe('a ticket', () => {
  test('opens one socket', async () => {
    const { ticket, expires_in: seconds } = await ticketOf();
    assert.ok(seconds <= 30);
    assert.equal(await opens({ ticket }), 'frame');
    assert.equal(await opens({ ticket }), 4401);
  });

  test('opens one socket, however many try at once', async () => {
    const { ticket } = await ticketOf();
    const paths = [`/sync/${session.id}`, `/sessions/${session.id}/events`];
    const tries = Array.from({ length: 10 }, (_, index) => opens({ ticket }, {}, paths[index % 2]));
    const answers = await Promise.all(tries);
    assert.equal(answers.filter((answer) => answer === 'frame').length, 1, answers.join());
    assert.equal(answers.filter((answer) => answer === 4401).length, 9, answers.join());
  });

  test('is no token, and a token is no ticket', async () => {
    const { ticket } = await ticketOf();
    assertProblem(await new Client(server, ticket).get('/me'), 401);
    assert.equal(await opens({ token: ticket }), 4401);
    assert.equal(await opens({ ticket: user.token }), 4401);
    assert.equal(await opens({ ticket: '' }), 4401);
    assert.equal(await opens({ ticket: 'x'.repeat(5000) }), 4401);
    assert.equal(await opens({ ticket }), 'frame', 'nothing of that has used it up');
  });

  test('ends with its login', async () => {
    const other = await newUser(server, 'ended');
    const { ticket } = await ticketOf(other);
    (await other.client.delete('/me/logins')).expect(204);
    assert.equal(await opens({ ticket }), 4401);
  });

  test('has the rights of whom it is for', async () => {
    const stranger = await newUser(server, 'stranger');
    assert.equal(await opens({ ticket: (await ticketOf(stranger)).ticket }), 4404);
    const open = await user.client.session({ visibility: 'link' });
    const guest = await newGuest(server, user, open);
    const { ticket } = await ticketOf(guest);
    assert.equal(await opens({ ticket }, {}, `/sessions/${open.id}/events`), 'frame');
    assertProblem(await new Client(server).post('/auth/tickets'), 401);
  });
});

describe('a socket', () => {
  test('takes the header, and the token in the address', async () => {
    assert.equal(await opens({}, { authorization: `Bearer ${user.token}` }), 'frame');
    assert.equal(await opens({ token: user.token }), 'frame');
    assert.equal(await opens({}, { authorization: 'Bearer nonsense' }), 4401);
    assert.equal(await opens({}), 4401);
  });

  test('takes the cookie from our own pages only', async () => {
    const { pair, line } = (await cookies()).codecrafter_socket;
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/api/v1']) assert.ok(line.includes(attribute), line);
    const own = new URL(server.url).origin;
    assert.equal(await opens({}, { cookie: pair, origin: own }), 'frame');
    for (const origin of ['https://evil.example', 'null', `${own}0`, 'http://127.0.0.1']) {
      assert.equal(await opens({}, { cookie: pair, origin }), 4401, origin);
    }
    assert.equal(await opens({}, { cookie: pair }), 4401, 'without an origin');
    const wrong = { cookie: pair, origin: own, authorization: 'Bearer nonsense' };
    assert.equal(await opens({}, wrong), 4401, 'a wrong header is not made good by the cookie');
  });

  test('the cookie is for sockets and nothing else', async () => {
    const { pair } = (await cookies()).codecrafter_socket;
    const value = pair.slice(pair.indexOf('=') + 1);
    assertProblem(await new Client(server, value).get('/me'), 401);
    assertProblem(await new Client(server).get('/me', { headers: { cookie: pair } }), 401);
    assert.equal(await opens({ token: value }), 4401);
    assert.equal(await opens({ ticket: value }), 4401);
  });
});

test('a refresh by cookie needs our own page and a header that forms cannot send', async () => {
  const { pair } = (await cookies()).codecrafter_refresh;
  const own = new URL(server.url).origin;
  const required = { 'x-requested-with': 'CodeCrafter' };
  const refresh = (headers) => new Client(server).post('/auth/refresh', {}, { headers: { cookie: pair, ...headers } });
  for (const headers of [
    {},
    { origin: own },
    { ...required, origin: 'https://evil.example' },
    { ...required, origin: 'null' },
    { ...required, origin: own, 'sec-fetch-site': 'cross-site' },
    { ...required, origin: own, 'sec-fetch-site': 'same-site' },
  ]) {
    assertProblem(await refresh(headers), 403);
  }
  const simple = { method: 'POST', headers: { cookie: pair, 'content-type': 'text/plain' }, body: '{}' };
  assert.ok([403, 415].includes((await fetch(`${server.url}/api/v1/auth/refresh`, simple)).status));
  (await refresh({ ...required, origin: own })).expect(200);
  assertProblem(await refresh({ ...required, origin: own }), 401);
});

test('what was signed by others, or not as we sign, is refused', async () => {
  const key = readFileSync(joinPath(server.dataDir, 'token.key'));
  const [, body] = user.token.split('.');
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (header, secret, hash) => {
    const text = `${encode(header)}.${body}`;
    return `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
  };
  const good = sign({ alg: 'HS256', typ: 'JWT' }, key, 'sha256');
  (await new Client(server, good).get('/me')).expect(200);
  for (const wrong of [
    sign({ alg: 'HS512', typ: 'JWT' }, key, 'sha512'),
    sign({ alg: 'HS384', typ: 'JWT' }, key, 'sha384'),
    sign({ alg: 'none', typ: 'JWT' }, key, 'sha256'),
    sign({ alg: 'RS256', typ: 'JWT' }, key, 'sha256'),
    sign({ alg: 'ES256', typ: 'JWT' }, key, 'sha256'),
    sign({ alg: 'HS256', typ: 'JWT' }, randomBytes(32), 'sha256'),
    sign({ alg: 'HS256', typ: 'JWT' }, '', 'sha256'),
    sign({ alg: 'HS256', typ: 'JWT', jwk: { kty: 'oct', k: 'AAAA' } }, Buffer.from('AAAA', 'base64'), 'sha256'),
  ]) {
    assertProblem(await new Client(server, wrong).get('/me'), 401);
    assert.equal(await opens({ token: wrong }), 4401);
  }
});

test('no token, ticket or password is in the log, however much it says', async () => {
  const { ticket } = await ticketOf();
  await opens({ token: user.token });
  await opens({ ticket });
  await opens({ token: user.token }, {}, `/sync/${session.id}`);
  const all = await cookies();
  await opens({}, { cookie: all.codecrafter_socket.pair, origin: new URL(server.url).origin });
  const secrets = [user.token, ticket, user.refreshToken, PASSWORD];
  secrets.push(...Object.values(all).map(({ pair }) => pair.slice(pair.indexOf('=') + 1)));
  assert.match(server.log, /"level":"(TRACE|DEBUG)"/, 'the log says much');
  assert.ok(server.log.includes(`/api/v1/sync/${session.id}`), 'the log tells of the request');
  for (const secret of secrets) {
    assert.ok(!server.log.includes(secret), `${secret.slice(0, 12)}… is in the log`);
    const signature = secret.split('.').at(-1);
    assert.ok(!server.log.includes(signature), `${signature.slice(0, 12)}… is in the log`);
  }
});
