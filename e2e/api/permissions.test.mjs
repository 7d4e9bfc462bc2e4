// Every operation of the API with every kind of caller. An operation that is missing here fails.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { cast, join, newGuest, newPlatformAdmin, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient } from '../lib/sync.mjs';

const ORDER = ['viewer', 'editor', 'admin', 'owner'];
const ACTORS = ['anonymous', 'stranger', 'platform', 'banned', 'waiting', 'foreign', 'guest', ...ORDER];
const SLEEPER = { language: 'python', code: 'import time\ntime.sleep(2)' };

let server;
let people;
let someone;

before(async () => {
  server = await Server.start();
  people = await cast(server);
  people.anonymous = { client: new Client(server) };
  // Whoever administers the platform is a stranger to sessions like everybody else.
  people.platform = await newPlatformAdmin(server, 'platform');
  people.banned = await newUser(server, 'banned');
  // A guest of another session than the one in question; those of that session come and go with it.
  people.foreign = await newGuest(server, people.owner, await people.owner.client.session({ visibility: 'link' }));
  someone = await newUser(server, 'someone');
});
after(() => server.stop());

const runIn = async (session, request = { language: 'python', code: 'print(1)' }) =>
  (await people.owner.client.post('/executions', { ...request, session_id: session.id })).expect(202).body.id;
const snapshotIn = async ({ id }) =>
  (await people.owner.client.post(`/sessions/${id}/snapshots`, { name: 'a' })).expect(201).body.id;
const withSomeone = async (session) => {
  await join(people.owner, session, someone, 'viewer');
  return someone.id;
};
const withWaiting = async (session) => {
  const visitor = await newUser(server, 'visitor');
  await wait(session, visitor);
  return visitor.id;
};

/** Has a user wait to be let in, whatever the session's visibility. */
async function wait(session, user) {
  const path = `/sessions/${session.id}`;
  const owner = people.owner.client;
  (await owner.patch(path, { visibility: 'link', waiting_room: true })).expect(200);
  const { token } = (await owner.post(`${path}/invites`, { role: 'editor' })).expect(201).body;
  (await user.client.post(`${path}/join`, { invite: token })).expect(202);
  (await owner.patch(path, { visibility: session.visibility, waiting_room: false })).expect(200);
}

/** A message of the actor's own, or of the owner's for those who cannot write. */
const said = async ({ id }, actor = 'owner') => {
  const author = [...ORDER, 'guest'].includes(actor) ? actor : 'owner';
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
    target: withSomeone,
  },
  'DELETE /sessions/{id}/participants/{user}': { least: 'admin', status: 204, target: withSomeone },
  'POST /sessions/{id}/fork': { least: 'viewer', status: 201, guests: false },
  'POST /sessions/{id}/owner': {
    least: 'owner',
    status: 200,
    target: withSomeone,
    body: (_session, target) => ({ user_id: target }),
    // Back to whom the other rows expect it to belong.
    cleanUp: async (target, session, answer) => {
      if (answer.status !== 200) return;
      const back = await someone.client.post(`/sessions/${session.id}/owner`, { user_id: people.owner.id });
      back.expect(200);
    },
  },
  'GET /sessions/{id}/waiting': { least: 'admin', status: 200 },
  'POST /sessions/{id}/waiting/{user}': { least: 'admin', status: 204, target: withWaiting },
  'DELETE /sessions/{id}/waiting/{user}': { least: 'admin', status: 204, target: withWaiting },
  'GET /sessions/{id}/bans': { least: 'admin', status: 200 },
  'POST /sessions/{id}/bans': {
    least: 'admin',
    status: 201,
    target: async () => (await newUser(server, 'unwanted')).id,
    body: (_session, target) => ({ user_id: target }),
  },
  'DELETE /sessions/{id}/bans/{user}': {
    least: 'admin',
    status: 204,
    target: async ({ id }) => {
      const user = await newUser(server, 'unwanted');
      (await people.owner.client.post(`/sessions/${id}/bans`, { user_id: user.id })).expect(201);
      return user.id;
    },
  },
  'GET /sessions/{id}/files': { least: 'viewer', status: 200 },
  'GET /sessions/{id}/files/{path}': { least: 'viewer', status: 200, target: () => 'main.py' },
  'GET /sessions/{id}/archive': { least: 'viewer', status: 200 },
  'GET /sessions/{id}/snapshots': { least: 'viewer', status: 200, inside: true },
  'POST /sessions/{id}/snapshots': { least: 'editor', status: 201, body: () => ({ name: 'a' }) },
  'GET /sessions/{id}/snapshots/{snapshot}': { least: 'viewer', status: 200, inside: true, target: snapshotIn },
  'PATCH /sessions/{id}/snapshots/{snapshot}': {
    least: 'editor',
    status: 200,
    body: () => ({ name: 'b' }),
    target: snapshotIn,
  },
  'DELETE /sessions/{id}/snapshots/{snapshot}': { least: 'editor', status: 204, target: snapshotIn },
  'GET /sessions/{id}/snapshots/{snapshot}/diff': { least: 'viewer', status: 200, inside: true, target: snapshotIn },
  'POST /sessions/{id}/snapshots/{snapshot}/restore': { least: 'editor', status: 200, target: snapshotIn },
  'GET /sessions/{id}/history': { least: 'viewer', status: 200, inside: true },
  'GET /sessions/{id}/history/export': { least: 'viewer', status: 200, inside: true },
  'DELETE /sessions/{id}/history': { least: 'owner', status: 204 },
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
const OPEN = [
  'POST /auth/register',
  'POST /auth/login',
  'POST /auth/mfa',
  'POST /auth/mfa/passkey',
  'POST /auth/mfa/passkey/finish',
  'GET /auth/passkey',
  'POST /auth/passkey',
  'POST /auth/passkey/finish',
  'POST /auth/guest',
  'POST /auth/refresh',
  'POST /auth/logout',
  'POST /auth/password/forgot',
  'POST /auth/password/reset',
  'POST /auth/email/verify',
  'GET /auth/providers',
  'GET /auth/providers/{provider}/login',
  'GET /auth/providers/{provider}/callback',
  'GET /languages',
];
const OWN = [
  'GET /me',
  'PATCH /me',
  'GET /me/security-events',
  'GET /me/api-keys',
  'POST /me/api-keys',
  'DELETE /me/api-keys/{id}',
  'PATCH /me',
  'DELETE /me',
  'POST /me/password',
  'POST /me/email',
  'DELETE /me/email',
  'POST /me/email/verification',
  'GET /me/logins',
  'DELETE /me/logins',
  'DELETE /me/logins/{id}',
  'GET /me/identities',
  'POST /me/identities/{provider}',
  'DELETE /me/identities/{provider}',
  'GET /me/preferences',
  'PATCH /me/preferences',
  'GET /me/export',
  'GET /me/second-factors',
  'POST /me/second-factors/totp',
  'DELETE /me/second-factors/totp',
  'POST /me/second-factors/totp/confirm',
  'POST /me/second-factors/recovery-codes',
  'POST /me/second-factors/passkeys',
  'POST /me/second-factors/passkeys/finish',
  'PATCH /me/second-factors/passkeys/{id}',
  'DELETE /me/second-factors/passkeys/{id}',
  'POST /auth/tickets',
  'POST /sessions',
  'GET /sessions',
];
const ELSEWHERE = ['POST /sessions/{id}/join', 'POST /sessions/{id}/leave', 'POST /sessions/{id}/restore'];
const SOCKETS = [
  'GET /sync/{session}',
  'GET /hocuspocus',
  'GET /sessions/{id}/events',
  'GET /sessions/{id}/entry',
  'GET /executions/{id}/attach',
];
/** What takes a platform administrator: the status of success, and what it is done to. */
const ADMIN = {
  'GET /admin/users': { status: 200 },
  'GET /admin/users/{user}': { status: 200, target: () => someone.id },
  'POST /admin/users/{user}/deactivate': { status: 204, target: async () => (await newUser(server, 'shut')).id },
  'POST /admin/users/{user}/activate': { status: 204, target: () => someone.id },
  'POST /admin/users/{user}/sign-out': { status: 204, target: async () => (await newUser(server, 'out')).id },
  'POST /admin/users/{user}/second-factor/reset': { status: 204, target: () => someone.id },
  'PUT /admin/users/{user}/office': {
    status: 200,
    target: async () => (await newUser(server, 'deputy')).id,
    body: { platform_admin: true },
  },
  'PUT /admin/users/{user}/quota': { status: 200, target: () => someone.id, body: { sessions: 900 } },
  'GET /admin/sessions': { status: 200 },
  'DELETE /admin/sessions/{id}': { status: 204, target: async () => (await people.owner.client.session()).id },
  'POST /admin/sessions/{id}/restore': {
    status: 200,
    target: async () => {
      const { id } = await people.owner.client.session();
      (await people.owner.client.delete(`/sessions/${id}`)).expect(204);
      return id;
    },
  },
  'GET /admin/executions': { status: 200 },
  'DELETE /admin/executions/{id}': {
    status: 204,
    target: async () => (await people.owner.client.post('/executions', SLEEPER)).expect(202).body.id,
  },
  'GET /admin/dead-letters': { status: 200 },
  // Of runs that were not given up: that the right is there shows in what is said about them.
  'POST /admin/dead-letters/{id}/requeue': { status: 409, target: () => runIn(people.session) },
  'DELETE /admin/dead-letters/{id}': { status: 409, target: () => runIn(people.session) },
  'GET /admin/queue': { status: 200 },
  'GET /admin/workers': { status: 200 },
  'GET /admin/settings': { status: 200 },
  'GET /admin/audit': { status: 200 },
  'GET /admin/audit/export': { status: 200 },
};
/** What guests may ask for without a session in the path. */
const GUESTS_OWN = ['GET /me', 'POST /auth/tickets'];

/** Guests are editors here; what takes more, or is not for them at all, is refused before the session is looked at. */
function expected(actor, visibility, { least, status, guests = true, inside = false, hidden = false }) {
  if (actor === 'anonymous') return 401;
  const forGuests = guests && ORDER.indexOf(least) <= ORDER.indexOf('editor');
  if (actor === 'guest') return forGuests ? status : 403;
  if (actor === 'foreign') return forGuests ? [404, 422] : 403;
  if (ORDER.includes(actor)) return ORDER.indexOf(actor) >= ORDER.indexOf(least) ? status : 403;
  if (visibility !== 'public' || (hidden && actor !== 'banned')) return 404;
  return least === 'viewer' && actor !== 'banned' && !inside ? status : 403;
}

for (const visibility of ['private', 'link', 'public']) {
  describe(`in a ${visibility} session`, () => {
    let session;
    const renew = async () => {
      session = await people.owner.client.session({ visibility, files: [{ path: 'main.py', content: '' }] });
      for (const role of ['admin', 'editor', 'viewer']) await join(people.owner, session, people[role], role);
      const of = `/sessions/${session.id}`;
      (await people.owner.client.patch(of, { visibility: 'link' })).expect(200);
      people.guest = await newGuest(server, people.owner, session);
      (await people.owner.client.patch(of, { visibility })).expect(200);
      (await people.owner.client.post(`${of}/bans`, { user_id: people.banned.id })).expect(201);
      people.waiting = await newUser(server, 'waiting');
      await wait(session, people.waiting);
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
          const shown = `${actor}: ${operation}`;
          assert.ok(
            [wanted].flat().includes(answer.status),
            `${shown} wants ${wanted}: ${answer.status} ${answer.text}`,
          );
          if (answer.status >= 400) assertProblem(answer, wanted);
          await row.cleanUp?.(target, session, answer);
          if (method === 'DELETE' && template === '/sessions/{id}' && answer.status === 204) await renew();
        }
      });
    }

    test('every socket', async () => {
      const run = await runIn(session, SLEEPER);
      const paths = {
        sync: `/sync/${session.id}`,
        events: `/sessions/${session.id}/events`,
        entry: `/sessions/${session.id}/entry`,
        attach: `/executions/${run}/attach`,
      };
      for (const [name, path] of Object.entries(paths)) {
        for (const actor of ACTORS) {
          const socket = new BareClient(server, path, people[actor].token ?? null);
          const wanted = socketAnswer(actor, visibility, name);
          const got = await Promise.race([socket.code(), socket.hears()]);
          assert.ok([wanted].flat().includes(got), `${actor} at ${name} wants ${wanted}: ${got}`);
          socket.destroy();
        }
      }
      await people.owner.client.delete(`/executions/${run}`);
    });
  });
}

/** How a socket begins: with a frame, or the code with which it is closed. */
function socketAnswer(actor, visibility, socket) {
  if (actor === 'anonymous') return 4401;
  if (actor === 'guest' || ORDER.includes(actor)) return 'frame';
  if (socket === 'entry') return actor === 'waiting' ? 'frame' : 4404;
  if (actor === 'foreign' || visibility !== 'public') return 4404;
  return actor === 'banned' ? [4403, 4404] : 'frame';
}

describe('administration', () => {
  for (const [operation, { status, target, body }] of Object.entries(ADMIN)) {
    test(operation, async () => {
      const guest = people.foreign;
      const [method, template] = operation.split(' ');
      const id = await target?.();
      const path = template.replace(/\{\w+\}/, id);
      const wanted = { anonymous: 401, stranger: 403, foreign: 403, viewer: 403, editor: 403, admin: 403, owner: 403 };
      assert.ok(guest.guest_of);
      for (const [actor, refusal] of Object.entries(wanted)) {
        assertProblem(await people[actor].client.request(method, path, body), refusal);
      }
      const absent = template.replace(/\{\w+\}/, '01890a5d-ac96-774b-bcce-b302099a8057');
      if (id) assertProblem(await people.owner.client.request(method, absent, body), 403);
      (await people.platform.client.request(method, path, body)).expect(status, operation);
      if (id) assertProblem(await people.platform.client.request(method, absent, body), 404);
    });
  }
});

test('guests are refused whatever is not on their list, whatever is sent', async () => {
  const { paths } = (await people.anonymous.client.get('/openapi.json')).expect(200).body;
  const mine = Object.keys(TABLE).filter((name) => expected('guest', 'link', TABLE[name]) !== 403);
  const allowed = [
    ...mine,
    ...OPEN,
    ...SOCKETS,
    ...GUESTS_OWN,
    'POST /sessions/{id}/join',
    'POST /sessions/{id}/leave',
  ];
  const refused = operations(paths).filter((operation) => !allowed.includes(operation));
  assert.ok(refused.includes('POST /sessions') && refused.includes('PATCH /me') && refused.length > 12);
  for (const operation of refused) {
    const [method, template] = operation.split(' ');
    const path = template.replace(/\{[^}]+\}/g, people.foreign.guest_of);
    const body = method === 'GET' || method === 'DELETE' ? undefined : { nonsense: true };
    assertProblem(await people.foreign.client.request(method, path, body), 403);
  }
  (await people.foreign.client.get('/me')).expect(200);
});

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
  const known = new Set([...Object.keys(TABLE), ...Object.keys(ADMIN), ...OPEN, ...OWN, ...ELSEWHERE, ...SOCKETS]);
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
