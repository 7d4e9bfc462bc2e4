// What those who run the server rely on: probes, metrics, the API's description, the web app's files.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';

let server;
let anybody;

before(async () => {
  server = await Server.start();
  anybody = new Client(server);
});
after(() => server.stop());

test('the probes answer without an account', async () => {
  (await anybody.get('//healthz')).expect(200);
  (await anybody.get('//readyz')).expect(200);
});

test('the metrics are Prometheus text and count', async () => {
  const user = await newUser(server, 'measured');
  await user.client.run({ language: 'python', code: 'print(1)' });
  const { text, type } = (await anybody.get('//metrics')).expect(200);
  assert.equal(type, 'text/plain');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.ok(lines.length > 5);
  for (const line of lines) assert.match(line, /^[a-zA-Z_:][\w:]*(\{.*\})? [-+.\deEInfNa]+( \d+)?$/);
  assert.match(text, /^# TYPE codecrafter_/m);
  assert.doesNotMatch(text, new RegExp(user.id), 'nobody is named');
});

test('the isolation in force is named to probes and metrics alike', async () => {
  const { body } = (await anybody.get('//readyz')).expect(200);
  const { sandbox, in_force, missing } = body.isolation;
  assert.match(sandbox, /^native \(/);
  assert.ok(in_force.includes('memory limit') && in_force.includes('system calls'));
  const { text } = (await anybody.get('//metrics')).expect(200);
  const lines = text.split('\n');
  assert.ok(lines.includes(`codecrafter_sandbox_isolation_info{name="${sandbox}"} 1`));
  const value = (property, is) => `codecrafter_sandbox_property_in_force{property="${property}"} ${is}`;
  for (const property of in_force) assert.ok(lines.includes(value(property, 1)), property);
  for (const property of missing) assert.ok(lines.includes(value(property, 0)), property);
});

describe('the OpenAPI document', () => {
  test('is served, valid, and the committed one', async () => {
    const { body } = (await anybody.get('/openapi.json')).expect(200);
    assert.match(body.openapi, /^3\.1\./);
    assert.ok(body.info.title && body.info.version);
    const committed = JSON.parse(readFileSync(new URL('../../openapi/codecrafter.json', import.meta.url), 'utf8'));
    assert.deepEqual(body, committed);
  });

  test('has every reference that it uses, and names each operation once', async () => {
    const { body, text } = (await anybody.get('/openapi.json')).expect(200);
    for (const [, pointer] of text.matchAll(/"\$ref":\s*"#\/([^"]+)"/g)) {
      const found = pointer.split('/').reduce((at, key) => at?.[key], body);
      assert.ok(found, pointer);
    }
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId).filter(Boolean);
    assert.equal(new Set(ids).size, ids.length);
    for (const operation of operations) assert.ok(Object.keys(operation.responses ?? {}).length > 0);
  });

  test('is shown for people at /docs', async () => {
    const page = await follow('//docs');
    assert.equal(page.type, 'text/html');
    // A page that needs another host would not work where there is none.
    assert.doesNotMatch(page.text, /(src|href)="(https?:)?\/\//);
  });
});

async function follow(path) {
  const answer = await anybody.get(path);
  const location = answer.headers.get('location');
  if (answer.status < 300 || answer.status >= 400) return answer.expect(200);
  return (await anybody.get(`/${new URL(location, server.url + path.slice(1)).pathname}`)).expect(200);
}

describe('the web app', () => {
  test('is one page for all of its addresses, and never old', async () => {
    const [start, session] = await Promise.all(
      ['//', '//s/01890a5d-ac96-774b-bcce-b302099a8057'].map((path) => anybody.get(path)),
    );
    for (const answer of [start, session]) {
      answer.expect(200);
      assert.equal(answer.type, 'text/html');
      assert.match(answer.headers.get('cache-control') ?? '', /no-cache|no-store|max-age=0/);
    }
    assert.equal(start.text, session.text);
  });

  test('comes with headers that bind the browser', async () => {
    const { headers } = (await anybody.get('//')).expect(200);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'|script-src 'self'/);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('referrer-policy') ?? '', /no-referrer|same-origin/, 'links hold invites');
  });

  test('has its files, which may be kept for ever, and nothing for what is not there', async () => {
    const { text } = (await anybody.get('//')).expect(200);
    const scripts = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(scripts.length > 0);
    for (const path of scripts) {
      const answer = (await anybody.get(`/${path}`)).expect(200);
      assert.match(answer.headers.get('cache-control') ?? '', /immutable/);
      assert.match(answer.type, /javascript|css/);
    }
    for (const path of ['//assets/absent.js', '//assets/..%2f..%2fetc%2fpasswd', '//assets/../../etc/passwd']) {
      const answer = await anybody.get(path);
      assert.ok(answer.status === 404 || !/root:/.test(answer.text), path);
    }
    assert.equal((await anybody.get('//assets/absent.js')).status, 404);
  });
});

test('answers of the API are for no cache and no frame', async () => {
  const user = await newUser(server, 'uncached');
  const { headers } = (await user.client.get('/me')).expect(200);
  assert.match(headers.get('cache-control') ?? '', /no-store|private|no-cache/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});

test('pages of other origins may not call the API', async () => {
  const headers = { origin: 'https://evil.example' };
  const answer = await anybody.get('/languages', { headers });
  assert.ok(![`*`, 'https://evil.example'].includes(answer.headers.get('access-control-allow-origin')));
});

test('the data folder and its secrets are for nobody else', () => {
  assert.equal(statSync(server.dataDir).mode & 0o077, 0);
});

test('settings that make no sense stop the start, and say why', () => {
  const run = (args, env) =>
    spawnSync(process.env.CODECRAFTER_BIN, ['serve', '--data-dir', `${server.dataDir}/other`, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      encoding: 'utf8',
      timeout: 10_000,
    });
  for (const [args, env, word] of [
    [['--listen', 'nonsense'], {}, /listen/],
    [['--listen', '127.0.0.1:0'], { CODECRAFTER_REGISTRATION: 'maybe' }, /registration/i],
    [['--listen', '127.0.0.1:0'], { CODECRAFTER_NONSENSE: '1' }, /CODECRAFTER_NONSENSE/],
    [['--listen', '0.0.0.0:0'], { CODECRAFTER_RATE_LIMITS: 'off' }, /rate_limits/],
    [['--listen', '127.0.0.1:0', '--roles', 'api'], {}, /memory/],
    [['--listen', new URL(server.url).host], {}, /in use|address/i],
  ]) {
    const { status, stderr, stdout } = run(args, env);
    assert.ok(status !== 0 && status !== null, `${args} ${JSON.stringify(env)} starts`);
    assert.match(stderr + stdout, word);
  }
});

test('a request that is no HTTP harms nothing', async () => {
  const { connect } = await import('node:net');
  const port = Number(new URL(server.url).port);
  for (const bytes of ['\0\0\0\0\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`]) {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.on('error', resolve).on('close', resolve).resume().end(bytes));
  }
  assertProblem(await anybody.get('/nonsense'), 404);
});

test('the AsyncAPI document is served, and the committed one', async () => {
  const { body } = (await anybody.get('/asyncapi.json')).expect(200);
  const committed = JSON.parse(readFileSync(new URL('../../openapi/events.asyncapi.json', import.meta.url), 'utf8'));
  assert.deepEqual(body, committed);
});
