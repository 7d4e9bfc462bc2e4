// What is done at one node holds at the other: edits, who is there, events, rights, running programs.

import assert from 'node:assert/strict';

import { Attachment } from '../lib/attach.mjs';
import { Client } from '../lib/client.mjs';
import { EventSocket } from '../lib/events.mjs';
import { Provider } from '../lib/hocuspocus.mjs';
import { join, newUser } from '../lib/people.mjs';
import { StockClient } from '../lib/sync.mjs';
import { LIVE, moment, until, within } from '../lib/until.mjs';

/** How long a node may be silent before those who were with it have left, and a little, in ms. */
const SILENCE = 30_000;
const ECHO = 'while True:\n    print("heard", input(), flush=True)\n';

/** Two people, one at each of two nodes. */
export async function checkAcrossNodes(here, there) {
  const ada = await newUser(here, 'ada', 'Ada');
  const bob = await newUser(there, 'bob', 'Bob');
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
  const room = { here, there, ada, bob, session };
  await checkEditing(room);
  await checkPresence(room);
  await checkRunning(room);
  await checkRights(room);
}

async function checkEditing({ here, there, ada, bob, session }) {
  const one = await StockClient.open(here, session.id, ada.token);
  const other = await Provider.open(there, session.id, bob.token);
  one.text().insert(0, 'from here ');
  other.text().insert(0, 'from there ');
  const both = (client) => client.read()?.includes('from here') && client.read().includes('from there');
  await until(() => both(one) && both(other) && one.read() === other.read(), 'edits reach the other node');
  one.awareness.setLocalStateField('cursor', { at: 3 });
  await until(() => other.others().some(({ cursor }) => cursor?.at === 3), 'so does presence');
  one.destroy();
  await until(() => other.others().length === 0, 'and so does leaving');
  other.destroy();
}

/** Somebody with windows at both nodes is one person, who is there until the last one closes. */
async function checkPresence({ here, there, ada, bob, session }) {
  const watching = await EventSocket.open(here, session.id, ada.token);
  const bobs = [
    await EventSocket.open(there, session.id, bob.token),
    await EventSocket.open(here, session.id, bob.token),
  ];
  const names = (socket) => socket.hello.present.map(({ user }) => user.username);
  assert.deepEqual(names(bobs[0]), [ada.username, bob.username]);
  assert.deepEqual(names(bobs[1]), [ada.username, bob.username]);
  bobs[1].destroy();
  // Longer than until it would be told.
  await moment(5_000);
  assert.equal(watching.of('presence.left').length, 0);
  bobs[0].destroy();
  await watching.next('presence.left', ({ user_id }) => user_id === bob.id);
  await moment(1_000);
  assert.deepEqual([watching.of('presence.joined').length, watching.of('presence.left').length], [1, 1]);
  watching.destroy();
}

/** Whoever was with a node that dies, and comes back nowhere, has left. */
export async function checkDeath(here, there) {
  const ada = await newUser(here, 'ada', 'Ada');
  const bob = await newUser(there, 'bob', 'Bob');
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
  const watching = await EventSocket.open(here, session.id, ada.token);
  const bobs = await EventSocket.open(there, session.id, bob.token);
  await watching.next('presence.joined', ({ user }) => user.id === bob.id);
  await there.kill();
  await watching.next('presence.left', ({ user_id }) => user_id === bob.id, SILENCE);
  bobs.destroy();
  await there.restart();
  watching.destroy();
}

async function checkRunning({ here, there, ada, bob, session }) {
  const events = await EventSocket.open(there, session.id, bob.token);
  const request = { session_id: session.id, language: 'python', code: ECHO, interactive: true };
  const run = (await ada.client.post('/executions', request)).expect(202).body;
  await until(() => events.of('execution.started').length > 0, 'the other node tells of the run');
  const attachment = await Attachment.open(there, run.id, bob.token);
  attachment.type('you\n');
  await attachment.untilItSays('heard you');
  // Cancelled where it was not submitted, by whoever may run here.
  (await new Client(there, bob.token).delete(`/executions/${run.id}`)).expect(204);
  assert.equal((await attachment.result()).outcome, 'cancelled');
  await until(() => events.of('execution.finished').length > 0, 'the other node tells of its end');
  events.destroy();
  assert.equal((await new Client(here, ada.token).get(`/executions/${run.id}`)).expect(200).body.outcome, 'cancelled');
}

async function checkRights({ there, ada, bob, session }) {
  const open = await Provider.open(there, session.id, bob.token);
  await join(ada, session, bob, 'viewer');
  await until(() => open.scopes.at(-1) === 'readonly' || open.closes.length > 0, 'a demotion is told', LIVE);
  open.destroy();
  const watching = await EventSocket.open(there, session.id, bob.token);
  const stock = await StockClient.open(there, session.id, bob.token);
  (await ada.client.delete(`/sessions/${session.id}/participants/${bob.id}`)).expect(204);
  const codes = await Promise.all([stock.closed(LIVE), within(watching.closed, 'the events end', LIVE)]);
  for (const code of codes) assert.ok([4403, 4404].includes(code), `closed with ${code}`);
  stock.destroy();
  (await bob.client.get(`/sessions/${session.id}`)).expect(404);
}
