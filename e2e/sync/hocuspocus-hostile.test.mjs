// Frames that no honest client sends close the connection that sent them, with a reason, and nothing else.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';

import * as frames from '../lib/frames.mjs';
import {
  addressed,
  AUTH,
  BareHocuspocus,
  BROADCAST_STATELESS,
  CLOSE,
  PING,
  PONG,
  Provider,
  STATELESS,
  SYNC_STATUS,
  token,
} from '../lib/hocuspocus.mjs';
import { cast } from '../lib/people.mjs';
import { Random } from '../lib/random.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient, StockClient } from '../lib/sync.mjs';
import { until, within } from '../lib/until.mjs';

const MIB = 1024 * 1024;
/** How much more memory the server may hold after all that, in MiB. */
const MEMORY = 400;

let server;
let people;
let id;
let plain;
let provider;
let pid;

before(async () => {
  server = await Server.start();
  people = await cast(server, { files: [{ path: 'main.py', content: 'text' }] });
  id = people.session.id;
  plain = await StockClient.open(server, id, people.owner.token);
  provider = await Provider.open(server, id, people.admin.token);
  pid = server.pid;
});
after(async () => {
  plain.destroy();
  provider.destroy();
  await server.stop();
});

let pings = 0;
// Whatever a test has sent: the server lives, and the others go on editing, undisturbed.
afterEach(async () => {
  assert.equal(server.alive && server.pid, pid);
  assert.equal(plain.provider.wsconnected, true);
  assert.deepEqual(provider.closes, []);
  pings += 1;
  const ping = `ping ${pings}; `;
  provider.text().insert(0, ping);
  await until(() => plain.read().startsWith(ping), 'others go on editing');
  await provider.saved();
  provider.text().delete(0, ping.length);
});

const open = (user = people.editor) => BareHocuspocus.signedIn(server, id, user.token);
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** What a client that has the document would send after an edit. */
function edit(mark = 'REFUSED', of = plain.doc) {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(of));
  let sent;
  doc.once('update', (bytes) => (sent = bytes));
  [...doc.getMap('files').values()][0].get('content').insert(0, mark);
  return { doc, update: frames.update(sent), step2: frames.step2(doc) };
}

const malformed = {
  'an empty frame': () => new Uint8Array(),
  'a name alone': () => addressed(id),
  'a name that goes beyond the frame': () => Uint8Array.from([255, 255, 255, 255, 15, 1]),
  'a name of 100 kB': () => addressed('x'.repeat(100_000), 3),
  'an unknown message type': () => addressed(id, 11),
  'a sync reply': () => addressed(id, 4, 0, Uint8Array.from([1, 0])),
  'a stateless broadcast': () => addressed(id, BROADCAST_STATELESS, 'hello'),
  'a sync status': () => addressed(id, SYNC_STATUS, 1),
  'an authentication that only servers send': () => addressed(id, AUTH, 2, 'read-write'),
  'a denial that only servers send': () => addressed(id, AUTH, 1, 'no'),
  'a ping with a name': () => addressed(id, PING),
  'an unknown sync message': () => addressed(id, 0, 3, Uint8Array.from([0])),
  'a step 1 that is no state vector': () => addressed(id, 0, 0, Uint8Array.from([3, 255, 255, 255])),
  'an update of a huge length': () => addressed(id, 0, 2, Uint8Array.from([255, 255, 255, 255, 15, 1])),
  'an update that is none': () => addressed(id, 0, 2, Uint8Array.from([5, 1, 2, 3, 4, 5])),
  'awareness that is no JSON': () => addressed(id, 1, Uint8Array.from([5, 1, 7, 1, 1, 123])),
  'a stateless message that pretends to be the server': () => addressed(id, STATELESS, '{"codecrafter":"refused"}'),
};
for (const [what, frame] of Object.entries(malformed)) {
  test(`${what} closes with 4400 and a reason`, async () => {
    const client = await open();
    client.send(frame());
    const { code, reason } = await client.closed;
    assert.equal(code, 4400);
    assert.notEqual(reason, '');
  });
}

test('a text frame closes with 4400', async () => {
  const client = await open();
  client.send('hello');
  assert.equal(await client.code(), 4400);
});

test('pings are answered, pongs taken', async () => {
  const client = await open();
  client.send(Uint8Array.from([PING]));
  client.send(Uint8Array.from([PONG]));
  await until(() => client.pongs === 1, 'a pong');
  client.destroy();
});

test('what is too large closes with 4413', async () => {
  for (const frame of [
    addressed(id, frames.update(new Uint8Array(MIB + 1))),
    addressed(id, frames.awareness(1, 1, { file: 'x'.repeat(MIB - 200) })),
    addressed(id, frames.awareness(1, 1, { file: 'x'.repeat(64 * 1024) })),
    addressed(id, STATELESS, 'x'.repeat(5_000)),
  ]) {
    const client = await open();
    client.send(frame);
    assert.equal(await client.code(15_000), 4413);
  }
});

test('1 MB of awareness on the plain socket closes with 4413', async () => {
  const client = await BareClient.sync(server, id, people.editor.token);
  client.send(frames.awareness(1, 1, { file: 'x'.repeat(MIB - 200) }));
  assert.equal(await client.code(15_000), 4413);
  client.destroy();
});

describe('a viewer cannot edit by', () => {
  const ways = {
    'an update': () => [addressed(id, edit().update)],
    'a step 2': () => [addressed(id, edit().step2)],
    'a second message in the same frame': () => [addressed(id, Uint8Array.from([3]), edit().update)],
    'a message after a step 1': () => {
      const { doc, update } = edit();
      return [addressed(id, frames.step1(doc), update)];
    },
    'a second addressed frame in the same frame': () => [
      addressed(id, Uint8Array.from([3]), addressed(id, edit().update)),
    ],
    "another document's name, which it has not opened": () => [addressed(`${id}\0other`, edit().update)],
    'the name with a session of its own': () => [
      token(`${id}\0own`, people.viewer.token),
      addressed(`${id}\0own`, edit().update),
    ],
    'frames that wait for its token': () => [
      addressed(`${id}\0early`, edit().update),
      token(`${id}\0early`, people.viewer.token),
    ],
    'a token that is refused': () => [token(`${id}\0none`, 'nonsense'), addressed(`${id}\0none`, edit().update)],
  };
  for (const [way, sent] of Object.entries(ways)) {
    test(way, async () => {
      const viewer = await open(people.viewer);
      for (const frame of sent()) viewer.send(frame);
      // Frames keep their order: what was sent before this answer has been dealt with.
      const before = viewer.statuses(id).length;
      viewer.send(addressed(id, edit().update));
      await until(() => viewer.statuses(id).length > before, 'the last edit is answered');
      assert.ok(viewer.statuses(id).every((applied) => !applied));
      const late = await StockClient.open(server, id, people.owner.token);
      assert.doesNotMatch(plain.read() + late.read(), /REFUSED/);
      late.destroy();
      // And it goes on receiving.
      const seen = viewer.of(id, 0).length;
      plain.text().insert(plain.text().length, '.');
      await until(() => viewer.of(id, 0).length > seen, 'the viewer receives');
      viewer.destroy();
    });
  }

  test('the name of another session than its own', async () => {
    const other = await people.stranger.client.session({ files: [{ path: 'main.py', content: 'theirs' }] });
    const viewer = await open(people.viewer);
    viewer.send(token(other.id, people.viewer.token));
    viewer.send(addressed(other.id, edit().update));
    await until(() => viewer.of(other.id, AUTH).length > 0, 'it is denied');
    const [{ rest }] = viewer.of(other.id, AUTH);
    assert.equal(rest[0], 1);
    const owner = await StockClient.open(server, other.id, people.stranger.token);
    assert.equal(owner.read(), 'theirs');
    owner.destroy();
    viewer.destroy();
  });
});

test('forged client ids and names change nobody', async () => {
  plain.awareness.setLocalStateField('file', 'mine');
  const client = await open();
  client.send(addressed(id, frames.awareness(plain.doc.clientID, 4_000_000, { user: { name: 'Forged' } })));
  client.send(
    addressed(id, frames.awareness(77, 1, { user: { name: 'Forged', id: people.owner.id }, file: 'forged' })),
  );
  const seen = await until(() => provider.others().find(({ file }) => file === 'forged'), 'its own presence is seen');
  assert.equal(seen.user.id, people.editor.id);
  assert.equal(seen.user.name, people.editor.display_name);
  assert.ok(provider.others().some(({ file, user }) => file === 'mine' && user.id === people.owner.id));
  client.destroy();
});

describe('before signing in', () => {
  test('the time is short, whatever drips in', { timeout: 60_000 }, async () => {
    const [silent, dripping, wrong] = await Promise.all([0, 1, 2].map(() => BareHocuspocus.open(server)));
    const drip = setInterval(() => dripping.send(addressed(id, Uint8Array.from([3]))), 100);
    const retry = setInterval(() => wrong.send(token(id, 'nonsense')), 500);
    for (const client of [silent, dripping, wrong]) assert.equal(await client.code(20_000), 4408);
    clearInterval(drip);
    clearInterval(retry);
  });

  test('the time is short for a frame that never ends', { timeout: 60_000 }, async () => {
    const { hostname, port } = new URL(server.url);
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => {});
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.write(
      `GET /api/v1/hocuspocus HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await new Promise((resolve) => socket.once('data', resolve));
    // A masked binary frame of 1,000 bytes, one byte at a time.
    socket.write(Uint8Array.from([0x82, 0xfe, 0x03, 0xe8, 0, 0, 0, 0]));
    const drip = setInterval(() => socket.write(Uint8Array.from([1])), 100);
    const began = Date.now();
    await ended;
    clearInterval(drip);
    assert.ok(Date.now() - began < 40_000);
  });

  test('only so much waits for a token', async () => {
    const many = await BareHocuspocus.open(server);
    for (let index = 0; index < 300; index += 1) many.send(addressed(id, Uint8Array.from([3])));
    assert.equal(await many.code(), 4413);
    const large = await BareHocuspocus.open(server);
    for (let index = 0; index < 3; index += 1) large.send(addressed(id, frames.update(new Uint8Array(MIB - 10))));
    assert.equal(await large.code(), 4413);
  });

  test('what waited is taken once the token is there', async () => {
    const client = await BareHocuspocus.open(server);
    client.send(addressed(id, frames.step1(new Y.Doc())));
    client.send(token(id, people.editor.token));
    await until(() => client.of(id, 0).length >= 2, 'step 1 and step 2');
    assert.deepEqual(
      client
        .of(id, 0)
        .slice(0, 2)
        .map(({ rest }) => rest[0]),
      [0, 1],
    );
    assert.equal(client.frames[0].type, AUTH);
    client.destroy();
  });
});

test('200 documents on one connection close it with 4429', async () => {
  const waiting = await BareHocuspocus.open(server);
  for (let index = 0; index < 200; index += 1) waiting.send(addressed(`${id}\0${index}`, Uint8Array.from([3])));
  assert.equal(await waiting.code(), 4429);
  const opened = await BareHocuspocus.open(server);
  for (let index = 0; index < 200; index += 1) opened.send(token(`${id}\0${index}`, people.editor.token));
  assert.equal(await opened.code(15_000), 4429);
  const denied = await BareHocuspocus.open(server);
  for (let index = 0; index < 200; index += 1) denied.send(token(`${index}`, people.editor.token));
  assert.equal(await denied.code(15_000), 4429);
});

test('100 documents on one connection are fine, and closed ones do not count', async () => {
  const client = await BareHocuspocus.open(server);
  for (let turn = 0; turn < 3; turn += 1) {
    const names = Array.from({ length: 100 }, (_, index) => `${id}\0${turn}.${index}`);
    for (const name of names) client.send(token(name, people.editor.token));
    await until(() => names.every((name) => client.of(name, AUTH).length === 1), 'all are open', 30_000);
    for (const name of names) client.send(addressed(name, CLOSE));
  }
  client.destroy();
});

/** Frames as honest clients send them, to be spoilt. */
function honest(doc) {
  const { update, step2 } = edit('x', doc);
  const state = frames.awareness(doc.clientID, 1, { file: 'main.py', cursor: { anchor: 1, head: 2 } });
  return [frames.step1(doc), step2, update, state, Uint8Array.from([3])];
}

/** Bits flipped, the end cut off, a length far too large, or parts moved about. */
function mutate(bytes, random) {
  const spoilt = Uint8Array.from(bytes);
  const at = () => random.below(spoilt.length);
  switch (random.below(4)) {
    case 0:
      for (let flips = 1 + random.below(4); flips > 0; flips -= 1) spoilt[at()] ^= 1 << random.below(8);
      return spoilt;
    case 1:
      return spoilt.subarray(0, at());
    case 2:
      spoilt.set([255, 255, 255, 255, random.below(256)].slice(0, spoilt.length), Math.max(0, at() - 5));
      return spoilt;
    default: {
      const from = at();
      return Uint8Array.from([...spoilt.subarray(0, from), ...spoilt.subarray(at()), ...spoilt.subarray(0, at())]);
    }
  }
}

/** Sends a frame, and a question after it; gives the code of a close, or null once there is an answer. */
function sendAndAsk(client, frame, { ask, answers }) {
  const before = answers(client);
  const { socket } = client;
  let look;
  const outcome = new Promise((resolve) => {
    look = () => answers(client) > before && resolve(null);
    socket.on('message', look).on('close', resolve);
  });
  client.send(frame);
  client.send(ask);
  return within(outcome, 'it answers or closes', 30_000).finally(() => socket.off('message', look));
}

/** Sends frames one by one, each on a connection that has answered after the one before. */
async function feed(count, make, kind, codes) {
  let client = null;
  for (let sent = 0; sent < count; sent += 1) {
    client ??= await kind.connect();
    const code = await sendAndAsk(client, make(), kind);
    if (code === null) continue;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    client.destroy();
    client = null;
  }
  client?.destroy();
}

/** Whether a frame is an edit that Yjs can read: of the spoilt ones these are what the server may take. */
function isReadable(frame) {
  const decoder = decoding.createDecoder(frame);
  try {
    const isEdit = decoding.readVarUint(decoder) === 0 && [1, 2].includes(decoding.readVarUint(decoder));
    const { structs, ds } = Y.decodeUpdate(decoding.readVarUint8Array(decoder));
    return isEdit && !decoding.hasContent(decoder) && structs.length + ds.clients.size > 0;
  } catch {
    return false;
  }
}

/** A session of its own, since some spoilt frames are edits: its people must only stay, and agree. */
async function mutations(t, kind, wrap, { isSent = () => true, malformed = 1_000 } = {}) {
  const random = Random.ofThisRun(t);
  const session = await people.owner.client.session({ files: [{ path: 'main.py', content: 'text' }] });
  const bystanders = [
    await StockClient.open(server, session.id, people.owner.token),
    await Provider.open(server, session.id, people.owner.token),
  ];
  const pool = honest(bystanders[0].doc).map((frame) => wrap(session, frame));
  const before = resident();
  const codes = new Map();
  const make = () => {
    for (;;) {
      const frame = mutate(random.pick(pool), random);
      if (isSent(frame)) return frame;
    }
  };
  await Promise.all(Array.from({ length: 8 }, () => feed(1_250, make, kind(session), codes)));
  const more = resident() - before;
  t.diagnostic(`closed: ${JSON.stringify([...codes])}; ${Math.round(more)} MiB more`);
  // A spoilt message can be a token, and not one of anybody: 4401.
  const refusals = [4400, 4401, 4408, 4413, 4429];
  for (const code of codes.keys()) assert.ok(refusals.includes(code), `closed with ${code}`);
  assert.ok(codes.get(4400) > malformed, `${codes.get(4400)} were malformed`);
  assert.ok(more < MEMORY, `${more} MiB`);
  assert.equal(bystanders[0].provider.wsconnected, true);
  assert.deepEqual(bystanders[1].closes, []);
  const late = await StockClient.open(server, session.id, people.owner.token);
  // What is not JSON, spoilt values that are undefined, does not count.
  const shown = ({ doc }) => JSON.parse(JSON.stringify(doc.toJSON()));
  const isSame = (client) => isDeepStrictEqual(shown(client), shown(late));
  await until(() => bystanders.every(isSame), 'all who are there have the same');
  for (const client of [...bystanders, late]) client.destroy();
}

test('10,000 mutated frames of Hocuspocus harm nobody', { timeout: 600_000 }, (t) => {
  const kind = (session) => ({
    connect: () => BareHocuspocus.signedIn(server, session.id, people.owner.token),
    ask: Uint8Array.from([PING]),
    answers: ({ pongs }) => pongs,
  });
  return mutations(t, kind, (session, frame) => addressed(session.id, frame));
});

const plainKind = (session) => ({
  connect: () => BareClient.sync(server, session.id, people.owner.token),
  ask: frames.step1(new Y.Doc()),
  answers: ({ types }) => types.filter((type) => type === frames.SYNC).length,
});

test('10,000 mutated frames of y-websocket harm nobody', { timeout: 600_000 }, (t) =>
  mutations(t, plainKind, (_session, frame) => frame),
);

test('after 10,000 mutated edits all have the same', { timeout: 600_000 }, (t) =>
  mutations(t, plainKind, (_session, frame) => frame, { isSent: isReadable, malformed: 100 }),
);

test('a reader that does not read is closed or caught up, and holds up nobody', { timeout: 120_000 }, async (t) => {
  const before = resident();
  const [slow, slowPlain] = [await open(), await BareClient.sync(server, id, people.editor.token)];
  slow.send(addressed(id, frames.step1(new Y.Doc())));
  await until(() => slow.of(id, 0).length > 0, 'it is in step');
  for (const client of [slow, slowPlain]) client.socket._socket.pause();
  for (let turn = 0; turn < 60; turn += 1) {
    const length = plain.text().length;
    plain.text().insert(0, 'x'.repeat(500_000));
    await until(() => provider.text().length === length + 500_000, 'others receive', 20_000);
    plain.text().delete(0, 500_000);
    await until(() => provider.text().length === length, 'others receive that too', 20_000);
  }
  await until(() => provider.read() === plain.read(), 'others receive all of it', 20_000);
  t.diagnostic(`${Math.round(resident() - before)} MiB more`);
  assert.ok(resident() - before < MEMORY, `${resident() - before} MiB`);
  for (const client of [slow, slowPlain]) client.destroy();
});
