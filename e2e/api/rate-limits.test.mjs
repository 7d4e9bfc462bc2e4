// With limits on, as they are unless switched off: guessing passwords and flooding are slowed down.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { EventSocket } from '../lib/events.mjs';
import { newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

/** Far more than any person does in the time that it takes here. */
const MANY = 200;
let server;
let user;

before(async () => {
  server = await Server.start({ CODECRAFTER_RATE_LIMITS: 'on' });
  user = await newUser(server, 'limited');
});
after(() => server.stop());

test('guessing passwords is stopped, and the answer says how long to wait', async () => {
  const anybody = new Client(server);
  for (let attempt = 0; attempt < MANY; attempt += 1) {
    const answer = await anybody.post('/auth/login', { login: user.username, password: `guess ${attempt}` });
    if (answer.status === 429) {
      assertProblem(answer, 429);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      return;
    }
    assertProblem(answer, 401);
  }
  assert.fail(`${MANY} guesses were answered`);
});

test('ordinary use by who is signed in goes on meanwhile', async () => {
  (await user.client.get('/me')).expect(200);
  const session = await user.client.session();
  for (let index = 0; index < 20; index += 1) (await user.client.get(`/sessions/${session.id}`)).expect(200);
  assert.equal((await user.client.run({ language: 'python', code: 'print(1)' })).outcome, 'ok');
  (await new Client(server).post('/auth/refresh', { refresh_token: user.refreshToken })).expect(200);
});

test('flooding a chat is stopped, over both ways in together, and reading goes on', async () => {
  const session = await user.client.session();
  const path = `/sessions/${session.id}/messages`;
  const socket = await EventSocket.open(server, session.id, user.token);
  for (let index = 0; index < 10; index += 1) socket.send({ type: 'chat.send', text: `by socket ${index}` });
  await until(() => socket.of('chat.sent').length === 10, 'what was sent by the socket is there');
  let sent = 10;
  for (; sent < MANY; sent += 1) {
    const answer = await user.client.post(path, { text: `message ${sent}` });
    if (answer.status === 429) {
      assertProblem(answer, 429);
      break;
    }
    answer.expect(201);
  }
  assert.equal(sent, 120);
  socket.send({ type: 'chat.send', text: 'one more', nonce: 'more' });
  const refused = await socket.next('error');
  assert.deepEqual([refused.code, refused.nonce], ['too-many', 'more']);
  (await user.client.get(path)).expect(200);
  socket.destroy();
});

test('making accounts one after the other is stopped', async () => {
  const anybody = new Client(server);
  for (let index = 0; index < MANY; index += 1) {
    const fields = { username: `flood-${index}`, email: `flood${index}@example.org`, password: PASSWORD };
    const answer = await anybody.post('/auth/register', fields);
    if (answer.status === 429) return;
    answer.expect(201);
  }
  assert.fail(`${MANY} accounts were made`);
});
