// Every kind of message that a socket takes, with every kind of sender. One that is missing here fails.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Attachment } from '../lib/attach.mjs';
import { EventSocket } from '../lib/events.mjs';
import { cast, newGuest, newPlatformAdmin } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const ORDER = ['viewer', 'editor', 'admin', 'owner'];
/** In a public session strangers may listen; a platform administrator is one of them. */
const ACTORS = ['stranger', 'platform', 'guest', ...ORDER];
/** What a guest is here. */
const GUEST = 'editor';

/** Per channel and kind: the least role, and a message of that kind. */
const TABLE = {
  sessionEvents: {
    'chat.send': { least: 'viewer', message: { text: 'said' } },
    'chat.typing': { least: 'viewer', message: {} },
    'presence.viewport': { least: 'viewer', message: { file_id: 'f', top_line: 1, bottom_line: 2 } },
    'follow.gather': { least: 'editor', message: { file_id: 'f', line: 1 } },
  },
  executionAttach: {
    stdin: { least: 'editor', message: { data: 'typed\n' } },
    resize: { least: 'editor', message: { cols: 80, rows: 24 } },
    signal: { least: 'editor', message: { signal: 'SIGWINCH' } },
    stdin_end: { least: 'editor', message: {} },
  },
};
/** Sockets of which every message is binary: their kinds have tests of their own. */
const BINARY = ['GET /sync/{session}', 'GET /hocuspocus'];
/** Sockets that take nothing. */
const SILENT = ['GET /sessions/{id}/entry'];
const DESCRIBED = { sessionEvents: 'GET /sessions/{id}/events', executionAttach: 'GET /executions/{id}/attach' };

let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
  const path = `/sessions/${people.session.id}`;
  (await people.owner.client.patch(path, { visibility: 'link' })).expect(200);
  people.guest = await newGuest(server, people.owner, people.session, 'Gina', GUEST);
  (await people.owner.client.patch(path, { visibility: 'public' })).expect(200);
  people.platform = await newPlatformAdmin(server, 'platform');
});
after(() => server.stop());

const may = (actor, least) => ORDER.indexOf(actor === 'guest' ? GUEST : actor) >= ORDER.indexOf(least);

describe('on the events socket', () => {
  for (const [type, { least, message }] of Object.entries(TABLE.sessionEvents)) {
    test(type, async () => {
      for (const actor of ACTORS) {
        const socket = await EventSocket.open(server, people.session.id, people[actor].token);
        socket.send({ type, ...message });
        // Frames keep their order: what is wrong for everybody tells that the one before was dealt with.
        socket.send({ type: 'nonsense' });
        const errors = () => socket.of('error').map(({ code }) => code);
        await until(() => errors().includes('invalid'), `${actor} hears back`);
        assert.deepEqual(errors(), may(actor, least) ? ['invalid'] : ['forbidden', 'invalid'], `${actor}: ${type}`);
        if (type === 'chat.send') assert.equal(socket.of('chat.sent').length, may(actor, least) ? 1 : 0, actor);
        socket.socket.terminate();
      }
    });
  }
});

describe('on the socket of a run', () => {
  const waiter = { language: 'python', code: 'import sys\nfor line in sys.stdin: print("got", line)' };

  for (const [type, { least, message }] of Object.entries(TABLE.executionAttach)) {
    test(type, async () => {
      // Of the admin, so that the owner has no more right to it than their role gives.
      const request = { ...waiter, pty: { cols: 80, rows: 24 }, session_id: people.session.id };
      for (const actor of ACTORS.filter((actor) => actor !== 'admin')) {
        const { id } = (await people.admin.client.post('/executions', request)).expect(202).body;
        const socket = await Attachment.open(server, id, people[actor].token);
        await until(() => socket.of('status').length > 0, `${actor} is told of the run`);
        socket.send({ type, ...message });
        if (may(actor, least)) {
          // Whatever follows is carried out after it.
          await people.admin.client.delete(`/executions/${id}`);
          await socket.result();
          assert.deepEqual(socket.of('error'), [], `${actor}: ${type}`);
        } else {
          await until(() => socket.of('error').length > 0, `${actor} is refused`);
          assert.match(JSON.stringify(socket.of('error')), /role editor/);
          assert.doesNotMatch(socket.output, /got/);
          await people.admin.client.delete(`/executions/${id}`);
        }
        socket.destroy();
      }
    });
  }
});

test('every message that the AsyncAPI document takes is in the table', async () => {
  const document = (await people.stranger.client.get('/asyncapi.json')).expect(200).body;
  const taken = Object.keys(document.components.messages).filter((name) => name.includes('.client.'));
  assert.ok(taken.length >= 8);
  const known = Object.entries(TABLE).flatMap(([channel, kinds]) =>
    Object.keys(kinds).map((kind) => `${channel}.client.${kind}`),
  );
  assert.deepEqual(taken.sort(), known.sort());
});

test('every socket of the OpenAPI document is described, binary, or takes nothing', async () => {
  const [openapi, asyncapi] = await Promise.all(
    ['/openapi.json', '/asyncapi.json'].map(async (path) => (await people.stranger.client.get(path)).expect(200).body),
  );
  const sockets = Object.entries(openapi.paths)
    .filter(([, { get }]) => get?.tags?.includes('sockets'))
    .map(([path]) => `GET ${path.replace('/api/v1', '')}`);
  const known = [...BINARY, ...SILENT, ...Object.values(DESCRIBED)];
  assert.deepEqual(sockets.sort(), known.sort());
  assert.deepEqual(Object.keys(asyncapi.channels).sort(), Object.keys(TABLE).sort());
});
