// The events socket: what happens in a session, live and from where one left off.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EventSocket } from '../lib/events.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';

let server;
let people;
let session;

before(async () => {
  server = await Server.start();
  people = await cast(server, { files: [{ path: 'main.py', content: '' }] });
  session = people.session;
});
after(() => server.stop());

const open = (user, since = 0) => EventSocket.open(server, session.id, user.token, since);

test('the first frame says where the log is and which role one has', async () => {
  for (const [name, role] of [
    ['owner', 'owner'],
    ['viewer', 'viewer'],
  ]) {
    const events = await open(people[name]);
    assert.equal(events.hello.type, 'hello');
    assert.equal(events.hello.role, role);
    assert.equal(typeof events.hello.seq, 'number');
    events.destroy();
  }
});

test('everybody sees who runs what, and the same output', async () => {
  const [owner, viewer] = await Promise.all([open(people.owner), open(people.viewer)]);
  const code = 'import sys\nfor i in range(3):\n    print("line", i, flush=True)\nsys.stderr.write("warned\\n")';
  const { body } = (
    await people.editor.client.post('/executions', { language: 'python', code, session_id: session.id })
  ).expect(202);
  const mine = ({ execution }) => execution.id === body.id;
  for (const events of [owner, viewer]) {
    const started = await events.next('execution.started', mine);
    assert.equal(started.by.id, people.editor.id);
    assert.equal(started.execution.user.display_name, 'editor');
    const finished = await events.next('execution.finished', mine, 20_000);
    assert.equal(finished.execution.outcome, 'ok');
    assert.match(finished.at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  }
  assert.equal(viewer.output(body.id).replace('warned\n', ''), 'line 0\nline 1\nline 2\n');
  assert.match(viewer.output(body.id), /warned/);
  const streams = new Set(viewer.of('execution.output').map(({ stream }) => stream));
  assert.deepEqual(streams, new Set(['stdout', 'stderr']));
  assert.deepEqual(owner.of('execution.output'), viewer.of('execution.output'));
  for (const events of [owner, viewer]) events.destroy();
});

test('output comes while the program runs', async () => {
  const events = await open(people.viewer);
  // Waits on a pipe that never gets anything: it ends by being stopped.
  const code = 'import os\nprint("early", flush=True)\nr, w = os.pipe()\nos.read(r, 1)';
  const request = { language: 'python', code, session_id: session.id };
  const { body } = (await people.editor.client.post('/executions', request)).expect(202);
  await until(() => events.output(body.id) === 'early\n', 'the first line comes before the end');
  assert.equal(events.of('execution.finished').filter(({ execution }) => execution.id === body.id).length, 0);
  (await people.editor.client.delete(`/executions/${body.id}`)).expect(204);
  const finished = await events.next('execution.finished', ({ execution }) => execution.id === body.id);
  assert.equal(finished.execution.outcome, 'cancelled');
  events.destroy();
});

test('an edit is told as saved once it is stored', async () => {
  const events = await open(people.owner);
  const client = await StockClient.open(server, session.id, people.editor.token);
  const before = events.of('document.saved').length;
  client.text().insert(0, 'x');
  await until(() => events.of('document.saved').length > before, 'the edit is saved', 2_000);
  const counts = events.of('document.saved').map(({ updates }) => updates);
  assert.deepEqual(
    [...counts].sort((a, b) => a - b),
    counts,
    'the count only grows',
  );
  client.destroy();
  events.destroy();
});

test('joining, roles, leaving, removal and settings are told', async () => {
  const events = await open(people.viewer);
  const [guest, other] = await Promise.all([newUser(server, 'guest'), newUser(server, 'other')]);
  await join(people.owner, session, guest, 'viewer');
  const joined = await events.next('participant.joined', ({ participant }) => participant.user.id === guest.id);
  assert.equal(joined.participant.role, 'viewer');

  const path = `/sessions/${session.id}/participants/${guest.id}`;
  (await people.admin.client.put(path, { role: 'editor' })).expect(200);
  const changed = await events.next('participant.role_changed', ({ user_id }) => user_id === guest.id);
  assert.equal(changed.role, 'editor');
  assert.equal(changed.by.id, people.admin.id);

  (await guest.client.post(`/sessions/${session.id}/leave`)).expect(204);
  await events.next('participant.left', ({ user_id }) => user_id === guest.id);

  await join(people.owner, session, other, 'viewer');
  (await people.owner.client.delete(`/sessions/${session.id}/participants/${other.id}`)).expect(204);
  await events.next('participant.removed', ({ user_id }) => user_id === other.id);

  (await people.owner.client.patch(`/sessions/${session.id}`, { title: 'Renamed' })).expect(200);
  const updated = await events.next('session.updated', ({ session: now }) => now.title === 'Renamed');
  assert.equal(updated.session.id, session.id);
  events.destroy();
});

test('numbers rise, the past is replayed whole, and from where one left off only the rest', async () => {
  const first = await open(people.viewer);
  await first.caughtUp();
  const seqs = first.events.map(({ seq }) => seq);
  assert.ok(seqs.length > 5);
  assert.deepEqual(
    [...new Set(seqs)].sort((a, b) => a - b),
    seqs,
    'in order, each once',
  );

  const middle = seqs[Math.floor(seqs.length / 2)];
  const second = await open(people.viewer, middle);
  await second.caughtUp();
  assert.deepEqual(
    second.events,
    first.events.filter(({ seq }) => seq > middle),
  );

  const third = await open(people.viewer, first.hello.seq);
  (await people.owner.client.patch(`/sessions/${session.id}`, { title: 'Renamed again' })).expect(200);
  await third.next('session.updated');
  assert.equal(third.events.length, 1, 'nothing of the past');
  for (const events of [first, second, third]) events.destroy();
});

test('after a restart numbers go on rising', async () => {
  const before = await open(people.owner);
  before.destroy();
  await server.kill();
  await server.restart();
  const events = await open(people.owner, before.hello.seq);
  (await people.owner.client.patch(`/sessions/${session.id}`, { title: 'After' })).expect(200);
  const updated = await events.next('session.updated');
  assert.ok(updated.seq > before.hello.seq, `${updated.seq} after ${before.hello.seq}`);
  events.destroy();
});
