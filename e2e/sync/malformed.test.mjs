// Frames that no honest client sends close the connection that sent them, and nothing else.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { EventSocket } from '../lib/events.mjs';
import * as frames from '../lib/frames.mjs';
import { newUser } from '../lib/people.mjs';
import { Random } from '../lib/random.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient, StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

const MIB = 1024 * 1024;
/** RFC 6455: a kind of data that is not accepted. */
const UNSUPPORTED = 1003;
/** RFC 6455: a message that is too big. */
const TOO_BIG = 1009;

let server;
let user;
let session;
let bystander;
let pid;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'user');
  session = await user.client.session({ files: [{ path: 'main.py', content: 'text' }] });
  bystander = await StockClient.open(server, session.id, user.token);
  pid = server.pid;
});
after(async () => {
  bystander.destroy();
  await server.stop();
});

let pings = 0;
// Whatever a test has sent: the server lives, and the others go on editing.
afterEach(async () => {
  assert.equal(server.alive && server.pid, pid);
  assert.equal(bystander.provider.wsconnected, true);
  const other = await StockClient.open(server, session.id, user.token);
  pings += 1;
  bystander.text().insert(0, `ping ${pings}; `);
  await until(() => other.read().startsWith(`ping ${pings}; `), 'others go on editing');
  other.destroy();
});

const open = () => BareClient.sync(server, session.id, user.token);
const isFinal = (code) => code >= 4400 && code < 4500;

const malformed = {
  'an unknown message type': [9],
  'a message type alone': [0],
  'an unknown sync message': [0, 3, 0],
  'a sync step 1 without a state vector': [0, 0],
  'a sync step 1 that is no state vector': [0, 0, 3, 255, 255, 255],
  'an update whose length goes beyond the frame': [0, 2, 255, 255, 255, 15, 1],
  'an update that is none': [0, 2, 5, 1, 2, 3, 4, 5],
  'a step 2 that is no update': [0, 1, 4, 255, 0, 255, 0],
  'an update of a huge count': [0, 2, 6, 255, 255, 255, 255, 255, 1],
  'a number without an end': [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
  'awareness that is none': [1, 3, 200, 1, 1],
  'awareness that is no JSON': [1, 5, 1, 7, 1, 1, 123],
  'a message for clients only': [2, 0, 1, 97],
};
for (const [what, bytes] of Object.entries(malformed)) {
  test(`${what} closes with a final code`, async () => {
    const client = await open();
    client.send(Uint8Array.from(bytes));
    const code = await client.code();
    assert.ok(isFinal(code), `closed with ${code}`);
    client.destroy();
  });
}

test('random bytes never harm the server', async (t) => {
  const random = Random.ofThisRun(t);
  for (let turn = 0; turn < 60; turn += 1) {
    const client = await open();
    for (let frame = 0; frame < 5; frame += 1) {
      const bytes = Uint8Array.from({ length: 1 + random.below(60) }, () => random.below(256));
      // Most begin like a message, to come further than the first byte.
      if (random.chance(0.8)) bytes.set([random.below(2), random.below(3)].slice(0, bytes.length));
      client.send(bytes);
    }
    client.send(Uint8Array.from([9]));
    await client.code();
    client.destroy();
  }
});

test('a text frame closes the connection', async () => {
  const client = await open();
  client.send('hello');
  const code = await client.code();
  assert.ok(isFinal(code) || code === UNSUPPORTED, `closed with ${code}`);
  client.destroy();
});

test('a frame above the limit of 1 MiB closes the connection', async () => {
  for (const size of [MIB + 1, 8 * MIB, 64 * MIB]) {
    const client = await open();
    client.send(new Uint8Array(size));
    const code = await client.code(15_000);
    // A frame of many MiB may break off the connection before the code can be read.
    assert.ok(isFinal(code) || code === TOO_BIG || (size > MIB + 1 && code === 1006), `closed with ${code}`);
    client.destroy();
  }
});

test('an awareness state above its limit closes the connection', async () => {
  const client = await open();
  client.send(frames.awareness(client.doc.clientID, 1, { file: 'x'.repeat(64 * 1024) }));
  const code = await client.code();
  assert.ok(isFinal(code), `closed with ${code}`);
  client.destroy();
});

test('a large paste below the limit arrives', async () => {
  const [one, other] = await Promise.all([0, 1].map(() => StockClient.open(server, session.id, user.token)));
  const paste = 'x'.repeat(900 * 1024);
  one.text().insert(0, paste);
  await until(() => other.read().startsWith(paste), 'the paste arrives');
  one.text().delete(0, paste.length);
  await until(() => other.read().length < paste.length, 'and goes');
  for (const client of [one, other]) client.destroy();
});

test('connections that break off in the midst leave nothing behind', async () => {
  for (let turn = 0; turn < 100; turn += 1) {
    const client = new BareClient(server, `/sync/${session.id}`, user.token);
    await client.opened;
    client.send(frames.step1(client.doc));
    client.destroy();
    if (turn % 10 === 0) await moment();
  }
  await until(() => bystander.others().length === 0, 'nobody is left who is not there');
});

test('what is sent on the events socket harms nobody', async () => {
  for (const frame of ['{', 'null', '{"type":"nonsense"}', '{"type":1}', 'x'.repeat(2 * MIB), new Uint8Array(100)]) {
    const events = await EventSocket.open(server, session.id, user.token, 0);
    events.socket.send(frame);
    events.destroy();
  }
});
