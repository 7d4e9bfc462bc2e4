// Results posted to an address, repeated requests, and priorities.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const python = (code, more = {}) => ({ language: 'python', code, ...more });
let server;
let user;
const posts = [];
let status = 204;
const receiver = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    posts.push({ url: request.url, headers: request.headers, body });
    response.writeHead(status).end();
  });
});

before(async () => {
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await Server.start({ CODECRAFTER_WEBHOOK_TARGETS: 'any' });
  user = await newUser(server, 'hooked');
});
after(async () => {
  receiver.close();
  await server.stop();
});

const address = (path) => `http://127.0.0.1:${receiver.address().port}${path}`;
const posted = (path) => posts.filter(({ url }) => url === path);
const secret = () =>
  execFileSync(process.env.CODECRAFTER_BIN, ['webhook-secret', '--data-dir', server.dataDir], {
    encoding: 'utf8',
  }).trim();

function assertSigned({ headers, body }) {
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['codecrafter-signature']);
  assert.ok(Math.abs(Date.now() / 1000 - time) < 120);
  assert.equal(signature, createHmac('sha256', secret()).update(`${time}.${body}`).digest('hex'));
}

describe('a result', () => {
  test('is posted once it is there, signed', async () => {
    const result = await user.client.run(python('print("posted")', { callback_url: address('/done') }));
    await until(() => posted('/done').length > 0, 'the result is posted');
    assertSigned(posted('/done')[0]);
    assert.deepEqual(JSON.parse(posted('/done')[0].body), result);
  });

  test('of a run that waits or is cancelled is posted, too', async () => {
    const request = python('import time\ntime.sleep(60)', { callback_url: address('/cancelled') });
    const { id } = (await user.client.post('/executions', request)).expect(202).body;
    (await user.client.delete(`/executions/${id}`)).expect(204);
    await until(() => posted('/cancelled').length > 0, 'the result is posted');
    assert.equal(JSON.parse(posted('/cancelled')[0].body).outcome, 'cancelled');
  });

  test('is tried again, across a restart', async () => {
    status = 500;
    const result = await user.client.run(python('print("later")', { callback_url: address('/later') }));
    await until(() => posted('/later').length > 0, 'the first attempt');
    await server.kill();
    status = 204;
    await server.restart();
    await until(() => posted('/later').length > 1, 'the second attempt', 60_000);
    assertSigned(posted('/later')[1]);
    assert.deepEqual(JSON.parse(posted('/later')[1].body), result);
  });
});

test('addresses within are refused unless the operator says otherwise', async () => {
  const careful = await Server.start();
  const { client } = await newUser(careful, 'careful');
  for (const inside of [
    address('/never'),
    'http://localhost/',
    'http://2130706433/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://[fd00::1]/',
    'ftp://example.org/',
    'http://user:secret@example.org/',
  ]) {
    assertProblem(await client.post('/executions', python('', { callback_url: inside })), 422, 'callback_url');
  }
  assert.deepEqual(posted('/never'), []);
  await careful.stop();
});

describe('a request with a key', () => {
  const keyed = (key, request, query = '') =>
    user.client.post(`/executions${query}`, request, { headers: { 'idempotency-key': key } });

  test('is run once, however often it comes', async () => {
    const request = python('import time\ntime.sleep(0.3)\nprint(1)');
    const answers = await Promise.all(Array.from({ length: 10 }, () => keyed('once', request)));
    const ids = answers.map((answer) => answer.expect(202).body.id);
    assert.equal(new Set(ids).size, 1);
    const waited = (await keyed('once', request, '?wait=true')).expect(200).body;
    assert.deepEqual([waited.id, waited.run.stdout], [ids[0], '1\n']);
    const reordered = JSON.stringify({ code: request.code, language: 'python', args: [] }, null, 2);
    assert.equal((await keyed('once', reordered)).expect(202).body.id, ids[0]);
  });

  test('keeps its key for itself', async () => {
    (await keyed('mine', python('print(1)'))).expect(202);
    assertProblem(await keyed('mine', python('print(2)')), 422, 'Idempotency-Key');
    const other = await newUser(server, 'other');
    const headers = { 'idempotency-key': 'mine' };
    (await other.client.post('/executions', python('print(2)'), { headers })).expect(202);
  });

  test('has a proper one', async () => {
    for (const wrong of ['', 'a b', 'x'.repeat(129), 'caf\u00e9']) {
      assertProblem(await keyed(wrong, python('')), 422, 'Idempotency-Key');
    }
    (await keyed('x'.repeat(128), python(''))).expect(202);
  });
});
