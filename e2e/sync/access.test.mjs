// Who is let in, and the close codes by which stock clients know whether to try again.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import WebSocket from 'ws';

import { cast, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { BareClient, StockClient } from '../lib/sync.mjs';
import { forged } from '../lib/tokens.mjs';
import { LIVE, until } from '../lib/until.mjs';

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';
let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

/** The code with which a socket is closed after its upgrade was accepted. */
async function refusal(path, token) {
  const client = new BareClient(server, path, token);
  await client.opened;
  return client.code();
}

const sockets = {
  sync: (id) => `/sync/${id}`,
  events: (id) => `/sessions/${id}/events`,
};

for (const [name, path] of Object.entries(sockets)) {
  describe(`the ${name} socket`, () => {
    test('without a token closes with 4401', async () => {
      assert.equal(await refusal(path(people.session.id), null), 4401);
    });

    test('with a token that is none, or forged, closes with 4401', async () => {
      for (const token of ['', 'nonsense', 'a.b.c', ...forged(people.owner.token)]) {
        assert.equal(await refusal(path(people.session.id), token), 4401, token);
      }
    });

    test('of a private session closes with 4404 for a stranger', async () => {
      assert.equal(await refusal(path(people.session.id), people.stranger.token), 4404);
    });

    test('of no session closes with 4404', async () => {
      for (const id of [UNKNOWN, 'nonsense', '..%2f..%2fetc']) {
        assert.equal(await refusal(path(id), people.owner.token), 4404, id);
      }
    });

    test('of a deleted session closes with 4404', async () => {
      const session = await people.owner.client.session();
      (await people.owner.client.delete(`/sessions/${session.id}`)).expect(204);
      assert.equal(await refusal(path(session.id), people.owner.token), 4404);
    });

    test('with the token of an ended login closes with 4401', async () => {
      const user = await newUser(server, 'leaver');
      const session = await user.client.session();
      (await user.client.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
      assert.equal(await refusal(path(session.id), user.token), 4401);
    });
  });
}

test('logging out closes what is open', async () => {
  const user = await newUser(server, 'logsout');
  const session = await user.client.session();
  const client = await StockClient.open(server, session.id, user.token);
  (await user.client.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
  assert.equal(await client.closed(LIVE), 4401);
  client.destroy();
});

test('a stock client takes a refusal as final', async () => {
  const client = new StockClient(server, people.session.id, people.stranger.token);
  assert.equal(await client.closed(), 4404);
  assert.equal(client.provider.shouldConnect, false);
  client.destroy();
});

test('an access token in the Authorization header is as good as one in the address', async () => {
  const headers = { authorization: `Bearer ${people.editor.token}` };
  class WithHeader extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers });
    }
  }
  const client = await StockClient.open(server, people.session.id, null, { WebSocketPolyfill: WithHeader });
  client.destroy();
});

test('a stranger reads a public session and cannot write in it', async () => {
  const session = await people.owner.client.session({
    visibility: 'public',
    files: [{ path: 'main.py', content: 'open' }],
  });
  const owner = await StockClient.open(server, session.id, people.owner.token);
  const stranger = await StockClient.open(server, session.id, people.stranger.token);
  assert.equal(stranger.read(), 'open');
  stranger.text().insert(0, 'forbidden ');
  owner.text().insert(4, ' to all');
  await until(() => stranger.read().includes('to all'), 'the reader receives');
  const late = await StockClient.open(server, session.id, people.owner.token);
  assert.equal(late.read(), 'open to all');
  for (const client of [owner, stranger, late]) client.destroy();
});
