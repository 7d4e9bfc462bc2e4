// Every field of every request with every kind of wrong value: the answer names the field.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { newUser, PASSWORD } from '../lib/people.mjs';
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
  message = (await user.client.post(`/sessions/${session.id}/messages`, { text: 'right' })).expect(201).body;
});
after(() => server.stop());
afterEach(() => assert.ok(server.alive));

let message;
const at = (path) => path.replace('{id}', session.id).replace('{message}', message.id);
const python = (fields) => ({ language: 'python', ...fields });
const withFiles = (...paths) => python({ files: paths.map((path) => ({ path, content: '' })) });
const limits = (fields) => python({ code: '', limits: fields });
const titled = (fields) => ({ title: 'T', language: 'python', ...fields });
const account = (fields) => ({ username: 'fresh', email: 'fresh@example.org', password: PASSWORD, ...fields });

/** `METHOD path`: rows of a body and the field that the answer must name. */
const TABLE = {
  'POST /executions': [
    [{ code: '' }, 'language'],
    [{ language: 'cobol', code: '' }, 'language'],
    [{ language: 'x'.repeat(10_000), code: '' }, 'language'],
    [{ language: 'python\u0000', code: '' }, 'language'],
    [{ language: 5, code: '' }, 'language'],
    [{ language: null, code: '' }, 'language'],
    [{ language: ['python'], code: '' }, 'language'],
    [python({}), 'files'],
    [python({ files: [] }), 'files'],
    [python({ files: {} }), 'files'],
    [python({ code: '', files: [{ path: 'a.py', content: '' }] }), 'code'],
    [python({ code: 5 }), 'code'],
    [python({ code: 'x'.repeat(MIB + 1) }), 'code'],
    [python({ code: '', nonsense: 1 }), 'nonsense'],
    [python({ code: '', interactive: 'maybe' }), 'interactive'],
    [withFiles('../escape.py'), 'files[0].path'],
    [withFiles('ok.py', '/etc/passwd'), 'files[1].path'],
    [withFiles('a/../../b.py'), 'files[0].path'],
    [withFiles('a//b.py'), 'files[0].path'],
    [withFiles('./a.py'), 'files[0].path'],
    [withFiles('a\u0000.py'), 'files[0].path'],
    [withFiles('a\n.py'), 'files[0].path'],
    [withFiles('a\\b.py'), 'files[0].path'],
    [withFiles('-rf'), 'files[0].path'],
    [withFiles(''), 'files[0].path'],
    [withFiles('x'.repeat(256)), 'files[0].path'],
    [withFiles('a/b/c/d/e/f/g/h/i.py'), 'files[0].path'],
    [withFiles('a.py', 'A.PY'), 'files[1].path'],
    [withFiles('a', 'a/b.py'), 'files[1].path'],
    [withFiles(...Array.from({ length: 21 }, (_, index) => `${index}.py`)), 'files'],
    [python({ files: [{ path: 'a.py' }] }), 'files[0].content'],
    [python({ files: [{ content: '' }] }), 'files[0].path'],
    [python({ files: [{ path: 'a.py', content: '', mode: 511 }] }), 'files[0].mode'],
    [python({ files: [{ path: 'a.py', content: '***', encoding: 'base64' }] }), 'files[0].content'],
    [python({ files: [{ path: 'a.py', content: '', encoding: 'latin1' }] }), 'files[0].encoding'],
    [python({ files: [{ path: 'a.py', content: 'x'.repeat(MIB + 1) }] }), 'files'],
    [python({ code: '', entry: 'absent.py' }), 'entry'],
    [{ language: 'c', files: [{ path: 'readme.txt', content: '' }] }, 'files'],
    [python({ code: '', stdin: 5 }), 'stdin'],
    [python({ code: '', stdin: 'x'.repeat(MIB + 1) }), 'stdin'],
    [python({ code: '', stdin: '***', stdin_encoding: 'base64' }), 'stdin'],
    [python({ code: '', args: 'one' }), 'args'],
    [python({ code: '', args: [1] }), 'args[0]'],
    [python({ code: '', args: ['a\u0000b'] }), 'args[0]'],
    [python({ code: '', args: ['x'.repeat(5_000)] }), 'args[0]'],
    [python({ code: '', args: Array.from({ length: 65 }, () => '') }), 'args'],
    [python({ code: '', env: { 'A B': '' } }), 'env'],
    [python({ code: '', env: { A: 'x\u0000' } }), 'env.A'],
    [python({ code: '', env: { A: 1 } }), 'env.A'],
    [python({ code: '', env: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`V${index}`, ''])) }), 'env'],
    [limits({ cpu_ms: 0 }), 'limits.cpu_ms'],
    [limits({ cpu_ms: -1 }), 'limits.cpu_ms'],
    [limits({ cpu_ms: 1.5 }), 'limits.cpu_ms'],
    [limits({ cpu_ms: '100' }), 'limits.cpu_ms'],
    [limits({ wall_ms: 1e30 }), 'limits.wall_ms'],
    [limits({ wall_ms: 120_001 }), 'limits.wall_ms'],
    [limits({ memory_bytes: 1 }), 'limits.memory_bytes'],
    [limits({ memory_bytes: 2 ** 53 }), 'limits.memory_bytes'],
    [limits({ processes: 0 }), 'limits.processes'],
    [limits({ processes: 257 }), 'limits.processes'],
    [limits({ output_bytes: 0 }), 'limits.output_bytes'],
    [limits({ stack_bytes: 2 ** 40 }), 'limits.stack_bytes'],
    [limits({ disk: 1 }), 'limits.disk'],
    [python({ code: '', limits: [] }), 'limits'],
    [python({ code: '', session_id: 'nonsense' }), 'session_id'],
  ],
  'POST /sessions': [
    [{ language: 'python' }, 'title'],
    [{ title: 'T' }, 'language'],
    [titled({ title: '' }), 'title'],
    [titled({ title: '   ' }), 'title'],
    [titled({ title: 'x'.repeat(121) }), 'title'],
    [titled({ title: 'a\u0000b' }), 'title'],
    [titled({ title: 'a\nb' }), 'title'],
    [titled({ title: 5 }), 'title'],
    [titled({ title: null }), 'title'],
    [titled({ language: 'cobol' }), 'language'],
    [titled({ description: 'x'.repeat(2_001) }), 'description'],
    [titled({ visibility: 'secret' }), 'visibility'],
    [titled({ max_participants: 0 }), 'max_participants'],
    [titled({ max_participants: 501 }), 'max_participants'],
    [titled({ max_participants: -1 }), 'max_participants'],
    [titled({ max_participants: '5' }), 'max_participants'],
    [titled({ owner_id: 'me' }), 'owner_id'],
    [titled({ files: [{ path: '../x', content: '' }] }), 'files[0].path'],
    [titled({ files: [{ path: '/x', content: '' }] }), 'files[0].path'],
    [titled({ files: [{ path: 'x' }] }), 'files[0].content'],
    [titled({ files: 5 }), 'files'],
    [titled({ waiting_room: 'yes' }), 'waiting_room'],
    [titled({ template: 'none' }), 'template'],
    [titled({ template: 5 }), 'template'],
  ],
  'PATCH /sessions/{id}': [
    [{ title: '' }, 'title'],
    [{ language: 'cobol' }, 'language'],
    [{ visibility: 'x' }, 'visibility'],
    [{ max_participants: 0 }, 'max_participants'],
    [{ owner_id: '01890a5d-ac96-774b-bcce-b302099a8057' }, 'owner_id'],
  ],
  'POST /sessions/{id}/fork': [
    [{ title: '' }, 'title'],
    [{ title: 'x'.repeat(121) }, 'title'],
    [{ files: [] }, 'files'],
  ],
  'POST /sessions/{id}/owner': [
    [{}, 'user_id'],
    [{ user_id: 'me' }, 'user_id'],
    [{ user_id: '01890a5d-ac96-774b-bcce-b302099a8057' }, 'user_id'],
  ],
  'POST /sessions/{id}/bans': [
    [{}, 'user_id'],
    [{ user_id: 7 }, 'user_id'],
    [{ user_id: '01890a5d-ac96-774b-bcce-b302099a8057', delete_invite: 1 }, 'delete_invite'],
    [{ user_id: '01890a5d-ac96-774b-bcce-b302099a8057', until: 'x' }, 'until'],
  ],
  'POST /auth/guest': [
    [{ display_name: 'Gina' }, 'invite'],
    [{ invite: 'x' }, 'display_name'],
    [{ invite: 'x', display_name: '' }, 'display_name'],
    [{ invite: 'x', display_name: 'x'.repeat(57) }, 'display_name'],
    [{ invite: 'x', display_name: 'a\u0000b' }, 'display_name'],
    [{ invite: 5, display_name: 'Gina' }, 'invite'],
    [{ invite: 'x', display_name: 'Gina', role: 'owner' }, 'role'],
  ],
  'POST /sessions/{id}/join': [
    [{ invite: 5 }, 'invite'],
    [{ role: 'owner' }, 'role'],
  ],
  'POST /sessions/{id}/invites': [
    [{}, 'role'],
    [{ role: 'owner' }, 'role'],
    [{ role: 'king' }, 'role'],
    [{ role: 'editor', max_uses: 0 }, 'max_uses'],
    [{ role: 'editor', max_uses: -1 }, 'max_uses'],
    [{ role: 'editor', expires_at: 'tomorrow' }, 'expires_at'],
    [{ role: 'editor', expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    [{ role: 'editor', token: 'mine' }, 'token'],
  ],
  'POST /sessions/{id}/messages': [
    [{}, 'text'],
    [{ text: '' }, 'text'],
    [{ text: ' \n\t ' }, 'text'],
    [{ text: 5 }, 'text'],
    [{ text: null }, 'text'],
    [{ text: 'a\u0000b' }, 'text'],
    [{ text: 'a\u0007b' }, 'text'],
    [{ text: 'x'.repeat(4_097) }, 'text'],
    [{ text: 'é'.repeat(2_049) }, 'text'],
    [{ text: 'x', nonce: '' }, 'nonce'],
    [{ text: 'x', nonce: 'a b' }, 'nonce'],
    [{ text: 'x', nonce: 'x'.repeat(65) }, 'nonce'],
    [{ text: 'x', nonce: 5 }, 'nonce'],
    [{ text: 'x', author: 'me' }, 'author'],
    [{ text: 'x', mentions: [] }, 'mentions'],
  ],
  'PATCH /sessions/{id}/messages/{message}': [
    [{}, 'text'],
    [{ text: '' }, 'text'],
    [{ text: 'x'.repeat(4_097) }, 'text'],
    [{ text: 'x', deleted_at: null }, 'deleted_at'],
  ],
  'PUT /sessions/{id}/messages/read': [
    [{}, 'message_id'],
    [{ message_id: 'nonsense' }, 'message_id'],
    [{ message_id: '01890a5d-ac96-774b-bcce-b302099a8057' }, 'message_id'],
  ],
  'PUT /sessions/{id}/notes': [
    [{ version: 0 }, 'text'],
    [{ text: 'x' }, 'version'],
    [{ text: 'x', version: -1 }, 'version'],
    [{ text: 'x', version: '0' }, 'version'],
    [{ text: 'a\u0000b', version: 0 }, 'text'],
    [{ text: 'x'.repeat(32_769), version: 0 }, 'text'],
  ],
  'POST /auth/register': [
    [account({ username: 'ab' }), 'username'],
    [account({ username: 'x'.repeat(33) }), 'username'],
    [account({ username: 'a b' }), 'username'],
    [account({ username: '../etc' }), 'username'],
    [account({ username: 5 }), 'username'],
    [account({ email: 'nonsense' }), 'email'],
    [account({ email: 'a@b@c.de' }), 'email'],
    [account({ email: `${'x'.repeat(250)}@example.org` }), 'email'],
    [account({ email: 'a@b.de\r\nBcc: x@y.de' }), 'email'],
    [account({ password: 'short' }), 'password'],
    [account({ password: 'x'.repeat(129) }), 'password'],
    [account({ password: undefined }), 'password'],
    [account({ display_name: 'x'.repeat(65) }), 'display_name'],
    [account({ display_name: '\u0007' }), 'display_name'],
    [account({ role: 'admin' }), 'role'],
  ],
  'POST /auth/login': [
    [{ login: 'x' }, 'password'],
    [{ password: 'x' }, 'login'],
    [{ login: {}, password: 'x' }, 'login'],
  ],
  'PATCH /me': [
    [{ display_name: '' }, 'display_name'],
    [{ display_name: 5 }, 'display_name'],
    [{ id: 'x' }, 'id'],
  ],
};

for (const [operation, rows] of Object.entries(TABLE)) {
  describe(operation, () => {
    for (const [body, field] of rows) {
      const shown = JSON.stringify(body);
      test(`${field}: ${shown.length > 90 ? `${shown.slice(0, 90)}…` : shown}`, async () => {
        const [method, path] = operation.split(' ');
        assertProblem(await user.client.request(method, at(path), body), 422, field);
      });
    }
  });
}

test('all that is wrong is told at once', async () => {
  const answer = await user.client.post('/executions', limits({ cpu_ms: 0, wall_ms: 0 }));
  assertProblem(answer, 422, 'limits.cpu_ms');
  assertProblem(answer, 422, 'limits.wall_ms');
});

describe('a participant’s role', () => {
  for (const role of ['owner', 'king', 5, null, undefined]) {
    test(`cannot become ${JSON.stringify(role)}`, async () => {
      const answer = await user.client.put(at(`/sessions/{id}/participants/${user.id}`), { role });
      assertProblem(answer, 422, 'role');
    });
  }
});
