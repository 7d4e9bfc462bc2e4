// The HTTP surface as its attackers and its browsers see it: slow clients, odd bodies, methods, origins, budgets.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import { Client } from '../lib/client.mjs';
import { newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const FRIEND = 'https://friend.example';
const PROXY = '127.0.0.1';
/** Longer than the server waits for anything of a request. */
const PATIENCE = 60_000;
let server;
let user;

before(async () => {
  server = await Server.start({
    CODECRAFTER_RATE_LIMITS: 'on',
    CODECRAFTER_TRUSTED_PROXIES: PROXY,
    CODECRAFTER_CORS_ORIGINS: FRIEND,
    CODECRAFTER_REQUESTS_PER_ADDRESS: '40',
  });
  user = await newUser(server, 'surface');
});
after(() => server.stop());

let addresses = 0;
/** Comes, by the proxy, from an address that nobody else comes from. */
function fresh() {
  addresses += 1;
  return { 'x-forwarded-for': `203.0.113.${addresses}` };
}
const get = (path, headers = {}) => user.client.get(path, { headers: { ...fresh(), ...headers } });

/** What the server answers to bytes, until it closes. */
function raw(...parts) {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text) => (answer += text));
  const closed = new Promise((resolve) => socket.on('error', resolve).on('close', resolve));
  for (const part of parts) socket.write(part);
  return { socket, closed, answer: () => answer };
}

describe('a slow client', { concurrency: true }, () => {
  test('that drips its headers is closed out', { timeout: PATIENCE }, async () => {
    const { socket, closed } = raw('GET /healthz HTTP/1.1\r\n');
    const drip = setInterval(() => socket.write('X-Drip: x\r\n'), 500);
    await closed;
    clearInterval(drip);
  });

  test('that says nothing is closed out', { timeout: PATIENCE }, async () => {
    await raw('').closed;
  });

  test('that drips its body is told, and closed out', { timeout: PATIENCE }, async () => {
    const head = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    const { socket, closed, answer } = raw(`${head}X-Forwarded-For: 203.0.113.250\r\nContent-Length: 5000\r\n\r\n{`);
    const drip = setInterval(() => socket.write(' '), 500);
    await closed;
    clearInterval(drip);
    assert.match(answer(), /^HTTP\/1\.1 408 [^]*application\/problem\+json/);
  });

  test('whose body comes after it was refused is told, and keeps the connection', async () => {
    const { socket, answer } = raw('POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n');
    await wait(100);
    socket.write('{}');
    await until(() => answer().includes('HTTP/1.1 401'));
    assert.doesNotMatch(answer(), /^connection: close/im);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => answer().includes('HTTP/1.1 200'));
    socket.destroy();
  });

  test('that never sends what is refused is told that the connection ends', async () => {
    const { closed, answer } = raw('POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{');
    await closed;
    assert.match(answer(), /^HTTP\/1\.1 401 [^]*^connection: close/im);
  });

  test('that asks before it sends is refused at once', async () => {
    const head = 'POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n';
    const { closed, answer } = raw(`${head}Expect: 100-continue\r\n\r\n`);
    await closed;
    assert.match(answer(), /^HTTP\/1\.1 401 [^]*^connection: close/im);
  });

  test('keeps nobody else waiting', async () => {
    const slow = Array.from({ length: 200 }, () => raw('GET /healthz HTTP/1.1\r\nX: '));
    (await get('/me')).expect(200);
    for (const { socket } of slow) socket.destroy();
  });
});

describe('a body', () => {
  const session = { title: 'T', language: 'python' };
  const post = (body, headers) => user.client.post('/sessions', body, { headers: { ...fresh(), ...headers } });

  test('that is compressed is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024, 0x20));
    for (const coding of ['gzip', 'br', 'deflate', 'gzip, gzip', 'nonsense']) {
      assertProblem(await post(bomb, { 'content-encoding': coding }), 415);
    }
    (await post(JSON.stringify(session), { 'content-encoding': 'identity' })).expect(201);
  });

  test('with a key twice is refused by its name, however deep and however spelt', async () => {
    assertProblem(await post('{"title": "a", "title": "b", "language": "python"}'), 422, 'title');
    const run = (text) => user.client.post('/executions', text, { headers: fresh() });
    assertProblem(await run('{"language":"python","code":"","env":{"A":"1","\\u0041":"2"}}'), 422, 'env.A');
    assertProblem(
      await run('{"language":"python","files":[{"path":"a","content":"","path":"b"}]}'),
      422,
      'files[0].path',
    );
  });

  test('that is nested deep harms nothing', async () => {
    assertProblem(
      await post(`{"title":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}`.slice(0, 60_000)),
      [400, 413, 422],
    );
    assert.ok(server.alive);
  });
});

describe('a method', () => {
  test('that an address does not take is answered with those that it takes', async () => {
    for (const [path, allowed] of [
      ['/me', /GET.*PATCH|PATCH.*GET/],
      ['/sessions', /GET.*POST|POST.*GET/],
      ['//', /GET/],
    ]) {
      const refused = await user.client.request('PUT', path, {}, { headers: fresh() });
      assertProblem(refused, 405);
      assert.match(refused.headers.get('allow') ?? '', allowed);
      const asked = await user.client.request('OPTIONS', path, undefined, { headers: fresh() });
      asked.expect(204);
      assert.match(asked.headers.get('allow') ?? '', allowed);
    }
  });

  test('HEAD answers as GET without a body', async () => {
    const [head, whole] = [await user.client.request('HEAD', '/me', undefined, { headers: fresh() }), await get('/me')];
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal(head.headers.get('content-type'), whole.headers.get('content-type'));
  });
});

describe('another origin', () => {
  const preflight = (origin) =>
    user.client.request('OPTIONS', '/executions', undefined, {
      headers: {
        ...fresh(),
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });

  test('that is listed may call the API, without cookies', async () => {
    const { headers } = await preflight(FRIEND);
    assert.equal(headers.get('access-control-allow-origin'), FRIEND);
    assert.equal(headers.get('access-control-allow-credentials'), null);
    assert.match(headers.get('access-control-allow-headers') ?? '', /authorization/);
    const answer = (await get('/me', { origin: FRIEND })).expect(200);
    assert.equal(answer.headers.get('access-control-allow-origin'), FRIEND);
    assert.match(answer.headers.get('vary') ?? '', /origin/i);
  });

  test('that is not listed may not', async () => {
    for (const origin of ['https://evil.example', `${FRIEND}.evil.example`, 'null', 'http://friend.example']) {
      assert.equal((await preflight(origin)).headers.get('access-control-allow-origin'), null, origin);
      assert.equal((await get('/me', { origin })).headers.get('access-control-allow-origin'), null, origin);
    }
  });
});

describe('a budget', () => {
  test('is told with each answer', async () => {
    const { headers } = (await get('/me')).expect(200);
    assert.equal(headers.get('ratelimit-policy'), '"address";q=40;w=60, "general";q=3000;w=60');
    assert.match(headers.get('ratelimit') ?? '', /^"address";r=39;t=\d+, "general";r=\d+;t=\d+$/);
  });

  test('is one for each address that a trusted proxy names, and its end says when to come back', async () => {
    const anybody = new Client(server);
    const ask = (address) => anybody.get('/languages', { headers: { 'x-forwarded-for': address } });
    for (let index = 0; index < 40; index += 1) (await ask(`1.2.3.${index}, 198.51.100.1`)).expect(200);
    const refused = assertProblem(await ask('198.51.100.1'), 429);
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.match(refused.headers.get('ratelimit') ?? '', /"address";r=0/);
    (await ask('198.51.100.2')).expect(200);
  });

  test('is one for a network of version 6', async () => {
    const anybody = new Client(server);
    const ask = (address) => anybody.get('/languages', { headers: { forwarded: `for="[${address}]"` } });
    let refused = 0;
    for (let index = 0; index < 45; index += 1) refused += Number((await ask(`2001:db8::${index}`)).status === 429);
    assert.equal(refused, 5);
    (await ask('2001:db8:0:1::1')).expect(200);
  });
});

test('guessing at an account from everywhere does not lock its owner out', async () => {
  const login = (address, password) =>
    new Client(server).post(
      '/auth/login',
      { login: user.username, password },
      { headers: { 'x-forwarded-for': address } },
    );
  const home = '192.0.2.1';
  (await login(home, 'a long enough passphrase')).expect(200);
  const guesses = Array.from({ length: 210 }, (_, index) => login(`198.18.${index}.1`, 'a guess'));
  const statuses = (await Promise.all(guesses)).map(({ status }) => status);
  assert.ok(statuses.includes(429), 'strangers are stopped');
  (await login(home, 'a long enough passphrase')).expect(200);
});

describe('headers', () => {
  test('bind the browser on every kind of answer', async () => {
    for (const path of ['//', '//docs', '/me', '/nonsense', '//assets/absent.js']) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /script-src[^;]*unsafe/, path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', path);
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
      assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/, path);
    }
  });

  test('keep to TLS where people come by it, and cookies too', async () => {
    const tls = await Server.start({ CODECRAFTER_PUBLIC_URL: 'https://code.example.org' });
    const secure = await newUser(tls, 'secure');
    for (const [client, isTls] of [
      [secure.client, true],
      [user.client, false],
    ]) {
      const { headers } = await client.get('/me', { headers: fresh() });
      assert.equal(headers.get('strict-transport-security'), isTls ? 'max-age=31536000' : null);
    }
    const login = { login: secure.username, password: PASSWORD };
    const { headers } = (await new Client(tls).post('/auth/login', login)).expect(200);
    const cookies = headers.getSetCookie();
    assert.ok(cookies.length > 0);
    for (const cookie of cookies) {
      assert.match(cookie, /; Secure/i);
      assert.match(cookie, /; HttpOnly/i);
      assert.match(cookie, /; SameSite=Strict/i);
    }
    await tls.stop();
  });

  test('that a client chose are not told back when they could spoil something', async () => {
    assert.equal((await get('/me', { 'x-request-id': 'my-own-1' })).headers.get('x-request-id'), 'my-own-1');
    for (const id of ['x'.repeat(65), 'a b', 'a\tb', 'é']) {
      const { headers } = await get('/me', { 'x-request-id': id });
      assert.match(headers.get('x-request-id') ?? '', /^[-0-9a-f]{36}$/, id);
    }
  });

  test('that are cut or doubled split no answer', async () => {
    const { closed, answer, socket } = raw(
      'GET /s/x%0d%0aSet-Cookie:%20evil=1 HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\nConnection: close\r\n\r\n',
    );
    await closed;
    socket.destroy();
    assert.doesNotMatch(answer(), /^set-cookie/im);
    const two = raw('POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}');
    await until(() => two.answer() !== '', 'an answer');
    assert.match(two.answer(), /^HTTP\/1\.1 400/);
    two.socket.destroy();
  });
});

test('settings about who may reach the server are checked', async () => {
  for (const env of [
    { CODECRAFTER_TRUSTED_PROXIES: '0.0.0.0/0' },
    { CODECRAFTER_CORS_ORIGINS: '*' },
    { CODECRAFTER_REQUESTS_PER_USER: '0' },
  ]) {
    await assert.rejects(Server.start(env), /trusted_proxies|cors_origins|requests_per_user/);
  }
});
