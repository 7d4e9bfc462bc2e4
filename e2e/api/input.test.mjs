// Input that is wrong before any field can be looked at: bodies, queries, addresses.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';

const MIB = 1024 * 1024;
let server;
let user;
let session;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'wrong');
  session = await user.client.session();
});
after(() => server.stop());
afterEach(() => assert.ok(server.alive));

const at = (path) => path.replace('{id}', session.id);
const python = (fields) => ({ language: 'python', ...fields });
const titled = (fields) => ({ title: 'T', language: 'python', ...fields });

describe('a body', () => {
  const posts = ['/executions', '/sessions', '/sessions/{id}/join', '/auth/login', '/auth/register'];
  const broken = {
    'that is no JSON': 'nonsense',
    'that ends too early': '{"language": "python"',
    'with two values': '{} {}',
    'that is empty': '',
    'that is not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
    'with half a surrogate pair': '{"title": "\\ud800"}',
    'that is nested too deep': '['.repeat(50_000),
  };
  for (const [what, body] of Object.entries(broken)) {
    test(`${what} is refused`, async () => {
      for (const path of posts) {
        // Joining a public session takes nothing, so that a body may be missing there.
        if (body === '' && path.endsWith('/join')) continue;
        assertProblem(await user.client.post(at(path), body), [400, 422]);
      }
    });
  }

  test('that is JSON but no object is refused', async () => {
    for (const path of posts) {
      for (const body of ['5', '"text"', '[]', 'null', 'true']) {
        assertProblem(await user.client.post(at(path), body), [400, 422]);
      }
    }
  });

  test('of another type is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense', '']) {
      const headers = { 'content-type': type };
      assertProblem(await user.client.post('/sessions', JSON.stringify(titled({})), { headers }), 415);
    }
  });

  test('that is far too big is refused, and whoever sends it hears why', async () => {
    for (const path of ['/executions', '/sessions', '/auth/login']) {
      const body = Buffer.alloc(64 * MIB, 0x20);
      assertProblem(await user.client.post(path, body), 413);
    }
  });

  test('with a key twice is refused or read one way', async () => {
    const answer = await user.client.post('/sessions', '{"title": "a", "title": "b", "language": "python"}');
    assert.ok([201, 400, 422].includes(answer.status));
  });

  test('as large as allowed is taken', async () => {
    const code = `${'#'.repeat(MIB - 9)}\nprint(1)`;
    assert.equal((await user.client.run(python({ code, stdin: '"'.repeat(MIB) }))).run.stdout, '1\n');
  });
});

describe('a query', () => {
  const lists = ['/sessions', '/sessions/{id}/executions'];
  for (const [parameter, values] of Object.entries({
    limit: ['0', '-1', 'x', '1e9', '100000', '1.5', ''],
    cursor: ['nonsense', '%00', '%ff%fe', 'x'.repeat(5_000), "' OR 1=1 --"],
  })) {
    test(`with a wrong ${parameter} is refused`, async () => {
      for (const path of lists) {
        for (const value of values) {
          const answer = await user.client.get(at(`${path}?${parameter}=${value}`));
          // Bytes that are no UTF-8 make the whole query unreadable.
          if (value.startsWith('%ff')) assertProblem(answer, [400, 422]);
          else assertProblem(answer, [400, 422], parameter);
        }
      }
    });
  }

  test('with a wrong scope or a parameter that is none is refused', async () => {
    assertProblem(await user.client.get('/sessions?scope=all'), [400, 422], 'scope');
    assertProblem(await user.client.get('/sessions?page=2'), [400, 422], 'page');
    assertProblem(await user.client.get(`/sessions?q=${'x'.repeat(10_000)}`), 422, 'q');
  });
});

describe('an address', () => {
  const wrong = ['nonsense', '0', '%00', '01890a5d', '..%2f..%2fetc%2fpasswd', '%ff', 'x'.repeat(3_000)];
  for (const template of ['/sessions/ID', '/sessions/ID/files', '/executions/ID', '/executions/ID/events']) {
    test(`${template} with an id that is none is refused`, async () => {
      for (const id of wrong) assertProblem(await user.client.get(template.replace('ID', id)), [400, 404, 422]);
    });
  }

  test('of a participant, an invite or a file that is none is refused', async () => {
    for (const id of wrong) {
      assertProblem(await user.client.delete(at(`/sessions/{id}/participants/${id}`)), [400, 404, 422]);
      assertProblem(await user.client.delete(at(`/sessions/{id}/invites/${id}`)), [400, 404, 422]);
      assertProblem(await user.client.get(at(`/sessions/{id}/files/${id}`)), [400, 404, 422]);
    }
  });

  test('below /api that leads nowhere is a problem, not a page', async () => {
    for (const path of ['/nonsense', '/', '/sessions/', '/sessions/x/y/z', '//api/v2/sessions', '//api', '//api/']) {
      assertProblem(await user.client.get(path), 404);
    }
  });

  test('with another method says which ones there are', async () => {
    for (const [method, path] of [
      ['PUT', '/sessions'],
      ['DELETE', '/languages'],
      ['GET', '/auth/login'],
      ['PATCH', '/executions'],
    ]) {
      const answer = assertProblem(await user.client.request(method, path), 405);
      assert.ok(answer.headers.get('allow'), `${method} ${path}`);
    }
  });
});
