// What is done at one node holds at the other: edits, presence, events, rights, running programs.

import assert from 'node:assert/strict';

import { Attachment } from '../lib/attach.mjs';
import { Client } from '../lib/client.mjs';
import { EventSocket } from '../lib/events.mjs';
import { Provider } from '../lib/hocuspocus.mjs';
import { join, newUser } from '../lib/people.mjs';
import { StockClient } from '../lib/sync.mjs';
import { LIVE, until, within } from '../lib/until.mjs';

const ECHO = 'while True:\n    print("heard", input(), flush=True)\n';

/** Two people, one at each of two nodes. */
export async function checkAcrossNodes(here, there) {
  const ada = await newUser(here, 'ada', 'Ada');
  const bob = await newUser(there, 'bob', 'Bob');
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
  const room = { here, there, ada, bob, session };
  await checkEditing(room);
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
