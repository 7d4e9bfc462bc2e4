// Limits of connections and of their pace. They are off in other tests.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { BareHocuspocus, addressed } from '../lib/hocuspocus.mjs';
import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient } from '../lib/sync.mjs';
import { EventSocket } from '../lib/events.mjs';
import { until } from '../lib/until.mjs';

const USER = 4;
const ADDRESS = 10;

let server;
let user;
let session;

before(async () => {
  server = await Server.start({
    CODECRAFTER_RATE_LIMITS: 'on',
    CODECRAFTER_CONNECTIONS_PER_USER: String(USER),
    CODECRAFTER_CONNECTIONS_PER_ADDRESS: String(ADDRESS),
  });
  user = await newUser(server, 'user');
  session = await user.client.session({ files: [{ path: 'main.py', content: '' }] });
});
after(() => server.stop());

const sync = (who = user) => BareClient.sync(server, session.id, who.token);

test('a user has so many connections, of whatever kind, and no more', async () => {
  const open = [
    await sync(),
    await EventSocket.open(server, session.id, user.token),
    await BareHocuspocus.signedIn(server, session.id, user.token),
    await sync(),
  ];
  const more = new BareClient(server, `/sync/${session.id}`, user.token);
  assert.equal(await more.code(), 4429);
  const provider = await BareHocuspocus.open(server);
  provider.send(addressed(session.id, 2, 0, user.token));
  const { code, reason } = await provider.closed;
  assert.equal(code, 4429);
  assert.match(reason, new RegExp(`${USER} connections`));
  // A second document of the same user on a connection that is open is no further connection.
  await open[2].signIn(`${session.id}\0second`, user.token);
  // Another user is not concerned, and a place that is given up can be taken.
  const other = await newUser(server, 'other');
  const own = await other.client.session();
  const theirs = await EventSocket.open(server, own.id, other.token);
  open[0].destroy();
  const again = await until(async () => {
    const client = await BareHocuspocus.open(server);
    const closed = client.signIn(session.id, user.token).then(() => client);
    return Promise.race([closed, client.closed.then(() => null)]);
  }, 'the place can be taken');
  for (const client of [...open.slice(1), theirs, again]) client.destroy();
});

test('an address has so many connections, signed in or not', async () => {
  await until(async () => {
    const open = [];
    for (let index = 0; index < ADDRESS; index += 1) open.push(await BareHocuspocus.open(server));
    const more = await BareHocuspocus.open(server);
    const code = await Promise.race([more.code(), ...open.map((client) => client.code())]).catch(() => 0);
    for (const client of [...open, more]) client.destroy();
    return code === 4429;
  }, 'one too many is refused');
});

test('a flood of messages is closed with a retryable code', { timeout: 60_000 }, async () => {
  for (const [client, frame] of [
    [await sync(), Uint8Array.from([3])],
    [await BareHocuspocus.signedIn(server, session.id, user.token), addressed(session.id, Uint8Array.from([3]))],
  ]) {
    let closed = false;
    client.socket.once('close', () => (closed = true));
    for (let sent = 0; sent < 200_000 && !closed; sent += 1) {
      client.send(frame);
      if (sent % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await client.code(20_000), 4529);
    client.destroy();
  }
});
