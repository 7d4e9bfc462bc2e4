// Every operation of the API with every kind of caller. An operation that is missing here fails.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';

const ORDER = ['viewer', 'editor', 'admin', 'owner'];
const ACTORS = ['anonymous', 'stranger', ...ORDER];
const SLEEPER = { language: 'python', code: 'import time\ntime.sleep(2)' };

let server;
let people;
let guest;

before(async () => {
  server = await Server.start();
  people = await cast(server);
  people.anonymous = { client: new Client(server) };
  guest = await newUser(server, 'guest');
});
after(() => server.stop());

const runIn = async (session, request = { language: 'python', code: 'print(1)' }) =>
  (await people.owner.client.post('/executions', { ...request, session_id: session.id })).expect(202).body.id;
const withGuest = async (session) => {
  await join(people.owner, session, guest, 'viewer');
  return guest.id;
};

/** A message of the actor's own, or of the owner's for those who cannot write. */
const said = async ({ id }, actor = 'owner') => {
  const author = ORDER.includes(actor) ? actor : 'owner';
  return (await people[author].client.post(`/sessions/${id}/messages`, { text: 'said' })).expect(201).body.id;
};

/**
 * What each operation on a session needs: the least role, the status of success, and how to call it.
 * `target` prepares what it is done to, anew for each caller. What is `inside` takes being in the session, even a public
 * one; what is `hidden` does not exist for those who are not.
 */
const TABLE = {
  'GET /sessions/{id}': { least: 'viewer', status: 200 },
  'PATCH /sessions/{id}': { least: 'admin', status: 200, body: () => ({ description: 'changed' }) },
  'DELETE /sessions/{id}': { least: 'owner', status: 204 },
  'GET /sessions/{id}/invites': { least: 'admin', status: 200 },
  'POST /sessions/{id}/invites': { least: 'admin', status: 201, body: () => ({ role: 'viewer' }) },
  'DELETE /sessions/{id}/invites/{invite}': {
    least: 'admin',
    status: 204,
    target: async ({ id }) => (await people.owner.client.post(`/sessions/${id}/invites`, { role: 'viewer' })).body.id,
  },
  'GET /sessions/{id}/participants': { least: 'viewer', status: 200 },
  'PUT /sessions/{id}/participants/{user}': {
    least: 'admin',
    status: 200,
    body: () => ({ role: 'editor' }),
    target: withGuest,
  },
  'DELETE /sessions/{id}/participants/{user}': { least: 'admin', status: 204, target: withGuest },
  'GET /sessions/{id}/files': { least: 'viewer', status: 200 },
  'GET /sessions/{id}/files/{path}': { least: 'viewer', status: 200, target: () => 'main.py' },
  'GET /sessions/{id}/executions': { least: 'viewer', status: 200 },
  'GET /sessions/{id}/messages': { least: 'viewer', status: 200 },
  'POST /sessions/{id}/messages': { least: 'viewer', inside: true, status: 201, body: () => ({ text: 'hello' }) },
  'PUT /sessions/{id}/messages/read': {
    least: 'viewer',
    inside: true,
    status: 200,
    target: (session) => said(session),
    body: (_session, target) => ({ message_id: target }),
  },
  'PATCH /sessions/{id}/messages/{message}': {
    least: 'viewer',
    inside: true,
    status: 200,
    target: said,
    body: () => ({ text: 'changed' }),
  },
  'DELETE /sessions/{id}/messages/{message}': { least: 'viewer', inside: true, status: 204, target: said },
  'GET /sessions/{id}/notes': { least: 'admin', hidden: true, status: 200 },
  'PUT /sessions/{id}/notes': {
    least: 'admin',
    hidden: true,
    status: 200,
    target: async ({ id }) => (await people.owner.client.get(`/sessions/${id}/notes`)).body.version,
    body: (_session, version) => ({ text: 'private', version }),
  },
  'POST /executions': {
    least: 'editor',
    status: 202,
    body: ({ id }) => ({ language: 'python', code: 'print(1)', session_id: id }),
  },
  'GET /executions/{id}': { least: 'viewer', status: 200, target: (session) => runIn(session) },
  'GET /executions/{id}/events': { least: 'viewer', status: 200, target: (session) => runIn(session) },
  'DELETE /executions/{id}': {
    least: 'editor',
    status: 204,
    target: (session) => runIn(session, SLEEPER),
    cleanUp: (id) => people.owner.client.delete(`/executions/${id}`),
  },
};

/** Operations without a session, or with rules that have tests of their own. */
const OPEN = ['POST /auth/register', 'POST /auth/login', 'POST /auth/refresh', 'POST /auth/logout', 'GET /languages'];
const OWN = ['GET /me', 'PATCH /me', 'POST /sessions', 'GET /sessions'];
const ELSEWHERE = ['POST /sessions/{id}/join', 'POST /sessions/{id}/leave'];
const SOCKETS = ['GET /sync/{session}', 'GET /sessions/{id}/events', 'GET /executions/{id}/attach'];

function expected(actor, visibility, { least, status, inside, hidden }) {
  if (actor === 'anonymous') return 401;
  if (actor !== 'stranger') return ORDER.indexOf(actor) >= ORDER.indexOf(least) ? status : 403;
  if (visibility !== 'public' || hidden) return 404;
  return least === 'viewer' && !inside ? status : 403;
}

for (const visibility of ['private', 'link', 'public']) {
  describe(`in a ${visibility} session`, () => {
    let session;
    const renew = async () => {
      session = await people.owner.client.session({ visibility, files: [{ path: 'main.py', content: '' }] });
      for (const role of ['admin', 'editor', 'viewer']) await join(people.owner, session, people[role], role);
    };
    before(renew);

    for (const [operation, row] of Object.entries(TABLE)) {
      test(operation, async () => {
        for (const actor of ACTORS) {
          const [method, template] = operation.split(' ');
          const target = await row.target?.(session, actor);
          const path = template
            .replace('/executions/{id}', `/executions/${target}`)
            .replace('{id}', session.id)
            .replace(/\{\w+\}/, target);
          const answer = await people[actor].client.request(method, path, row.body?.(session, target));
          const wanted = expected(actor, visibility, row);
          if (wanted >= 400) assertProblem(answer, wanted);
          else answer.expect(wanted, `${actor}: ${operation}`);
          await row.cleanUp?.(target);
          if (method === 'DELETE' && template === '/sessions/{id}' && answer.status === 204) await renew();
        }
      });
    }
  });
}

test('a run outside of sessions is its own user’s alone', async () => {
  const { body } = (await people.owner.client.post('/executions', SLEEPER)).expect(202);
  for (const path of [`/executions/${body.id}`, `/executions/${body.id}/events`]) {
    assertProblem(await people.admin.client.get(path), 404);
    assertProblem(await people.anonymous.client.get(path), 401);
  }
  assertProblem(await people.admin.client.delete(`/executions/${body.id}`), 404);
  (await people.owner.client.delete(`/executions/${body.id}`)).expect(204);
});

test('whoever may read loses that with the session', async () => {
  const session = await people.owner.client.session({ visibility: 'public' });
  const id = await runIn(session);
  (await people.stranger.client.get(`/executions/${id}`)).expect(200);
  (await people.owner.client.patch(`/sessions/${session.id}`, { visibility: 'private' })).expect(200);
  assertProblem(await people.stranger.client.get(`/executions/${id}`), 404);
});

test('a private session and none look the same', async () => {
  const path = `/sessions/${people.session.id}`;
  const hidden = assertProblem(await people.stranger.client.get(path), 404);
  const absent = assertProblem(await people.stranger.client.get('/sessions/01890a5d-ac96-774b-bcce-b302099a8057'), 404);
  assert.equal(hidden.text.replaceAll(people.session.id, ''), absent.text.replace(/01890a5d[-0-9a-f]*/g, ''));
});

test('every operation of the OpenAPI document is in the table', async () => {
  const { paths } = (await people.anonymous.client.get('/openapi.json')).expect(200).body;
  const known = new Set([...Object.keys(TABLE), ...OPEN, ...OWN, ...ELSEWHERE, ...SOCKETS]);
  const unknown = operations(paths).filter((operation) => !known.has(operation));
  assert.deepEqual(unknown, []);
});

test('every operation but the open ones asks who is there before all else', async () => {
  const { paths } = (await people.anonymous.client.get('/openapi.json')).expect(200).body;
  const closed = operations(paths).filter((operation) => ![...OPEN, ...SOCKETS].includes(operation));
  assert.ok(closed.length > 15);
  for (const operation of closed) {
    const [method, template] = operation.split(' ');
    const path = template.replace(/\{[^}]+\}/g, people.session.id);
    const body = method === 'GET' || method === 'DELETE' ? undefined : { nonsense: true };
    assertProblem(await people.anonymous.client.request(method, path, body), 401);
  }
});

/** `METHOD path` of each operation below `/api/v1`. */
function operations(paths) {
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => /^(get|post|put|patch|delete)$/.test(method))
        .map((method) => `${method.toUpperCase()} ${path.slice('/api/v1'.length)}`),
    )
    .filter((operation) => operation !== 'GET /openapi.json');
}
