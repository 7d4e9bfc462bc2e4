// Stock clients drop a connection on which nothing has come for 30 s; the server must not let that happen.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { EventSocket } from '../lib/events.mjs';
import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment } from '../lib/until.mjs';

/** Longer than a stock client's patience and its checks every 3 s, in ms. */
const LONG = 37_000;
let server;

before(async () => (server = await Server.start()));
after(() => server.stop());

test('a client alone stays connected for longer than 30 s', { timeout: 60_000 }, async () => {
  const user = await newUser(server, 'alone');
  const session = await user.client.session();
  const client = await StockClient.open(server, session.id, user.token);
  const events = await EventSocket.open(server, session.id, user.token, 0);
  let lost = 0;
  client.provider.on('connection-close', () => (lost += 1));
  events.socket.on('close', () => (lost += 1));
  // The time itself is the condition here.
  const end = Date.now() + LONG;
  while (Date.now() < end && lost === 0) await moment(200);
  assert.equal(lost, 0);
  assert.equal(client.provider.synced, true);
  client.destroy();
  events.destroy();
});
