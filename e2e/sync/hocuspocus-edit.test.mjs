// Stock Hocuspocus providers: several documents on one connection, acknowledged edits, live rights.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Provider, providerSocket } from '../lib/hocuspocus.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { LIVE, until } from '../lib/until.mjs';

const FILES = { files: [{ path: 'main.py', content: 'start' }] };

let server;
let people;
let warn;

before(async () => {
  // The y-websocket client warns of each refused edit.
  warn = console.warn;
  console.warn = () => {};
  server = await Server.start();
  people = await cast(server, FILES);
});
after(async () => {
  console.warn = warn;
  await server.stop();
});

const open = (user, session = people.session, options) => Provider.open(server, session.id, user.token, options);
const setRole = async (session, user, role) =>
  (await people.owner.client.put(`/sessions/${session.id}/participants/${user.id}`, { role })).expect(200);
const destroy = (...clients) => clients.forEach((client) => client.destroy());

describe('a provider', () => {
  test('is in step with what is there, and all of it is acknowledged', async () => {
    const one = await open(people.owner);
    assert.equal(one.read(), 'start');
    assert.deepEqual(one.scopes, ['read-write']);
    await one.saved();
    assert.deepEqual(one.statuses, [true]);
    destroy(one);
  });

  test('edits with others, and each edit is acknowledged once', async () => {
    const session = await people.owner.client.session(FILES);
    await join(people.owner, session, people.editor, 'editor');
    const [one, other] = [await open(people.owner, session), await open(people.editor, session)];
    for (let index = 0; index < 50; index += 1) {
      one.text().insert(0, `<a${index}>`);
      other.text().insert(0, `<b${index}>`);
    }
    await until(() => one.read() === other.read() && one.read().length > 400, 'both texts are equal');
    await Promise.all([one.saved(), other.saved()]);
    for (const client of [one, other]) {
      assert.equal(client.edits, 50);
      assert.deepEqual(client.statuses, Array(client.edits + client.answers).fill(true));
    }
    destroy(one, other);
  });

  test('merges edits over a short time and still counts right', async () => {
    const session = await people.owner.client.session(FILES);
    const one = await open(people.owner, session, { flushDelay: 20 });
    for (let index = 0; index < 20; index += 1) one.text().insert(0, `<${index}>`);
    await one.saved();
    assert.ok(one.edits < 20, `${one.edits} frames`);
    const late = await open(people.owner, session);
    assert.equal(late.read(), one.read());
    destroy(one, late);
  });

  test('is in step again after a forced sync', async () => {
    const one = await open(people.owner);
    await one.saved();
    const before = one.statuses.length;
    one.provider.forceSync();
    await one.saved();
    assert.equal(one.statuses.length, before + 1);
    destroy(one);
  });

  test('gets a token from a function that takes its time', async () => {
    let calls = 0;
    const slow = async () => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return people.owner.token;
    };
    const one = new Provider(server, people.session.id, slow);
    await one.synced();
    assert.equal(calls, 1);
    destroy(one);
  });

  test('that writes before it has its token loses nothing', async () => {
    const session = await people.owner.client.session(FILES);
    let give;
    const waiting = new Promise((resolve) => (give = resolve));
    const one = new Provider(server, session.id, () => waiting);
    await until(() => one.socket.webSocket?.readyState === 1, 'the connection is open');
    one.add('early.py', 'typed early');
    give(people.owner.token);
    await one.saved();
    const late = await open(people.owner, session);
    assert.equal(late.read('early.py'), 'typed early');
    destroy(one, late);
  });

  test('connects again by itself and brings what was typed meanwhile', async () => {
    const session = await people.owner.client.session(FILES);
    const one = await open(people.owner, session);
    one.breakConnection();
    one.text().insert(0, 'offline ');
    await until(() => !one.provider.isSynced, 'the break is noticed');
    await one.saved(15_000);
    const late = await open(people.owner, session);
    assert.equal(late.read(), 'offline start');
    destroy(one, late);
  });

  test('without presence stays connected for longer than its patience', { timeout: 60_000 }, async () => {
    const socket = providerSocket(server, { messageReconnectTimeout: 20_000 });
    const one = await open(people.owner, people.session, { socket, awareness: null });
    const { webSocket } = socket;
    let pings = 0;
    webSocket.addEventListener('message', ({ data }) => (pings += data.byteLength === 1));
    await until(() => pings === 2, 'the server asks twice', 40_000);
    assert.equal(socket.webSocket, webSocket);
    assert.equal(one.provider.isSynced, true);
    destroy(one, socket);
  });

  test('shows who it is as the server knows it', async () => {
    const [one, other] = [await open(people.owner), await open(people.editor)];
    other.awareness.setLocalState({ user: { name: 'Mallory', id: people.owner.id }, cursor: 7 });
    const seen = await until(() => one.others().find(({ cursor }) => cursor === 7), 'the cursor is seen');
    assert.equal(seen.user.id, people.editor.id);
    assert.equal(seen.user.name, people.editor.display_name);
    other.destroy();
    await until(() => one.others().every(({ cursor }) => cursor !== 7), 'the cursor goes', LIVE);
    destroy(one);
  });

  test('renews its token on the open document', async () => {
    const one = await open(people.owner);
    await one.provider.sendToken();
    await until(() => one.scopes.length === 2, 'the new token is taken');
    one.text().insert(0, 'renewed ');
    await one.saved();
    one.provider.configuration.token = people.editor.token;
    await one.provider.sendToken();
    await until(() => one.closes.some(({ code }) => code === 4401), "another user's token ends it");
    destroy(one);
  });

  test('is told that a document is full, and may still delete', async () => {
    const session = await people.owner.client.session(FILES);
    const one = await open(people.owner, session);
    for (let chunk = 0; chunk < 5; chunk += 1) one.text().insert(0, `${chunk}`.repeat(800_000));
    await one.saved(30_000);
    one.text().insert(one.text().length, 'REFUSED'.repeat(50_000));
    await until(() => one.statuses.includes(false), 'the edit is refused', 30_000);
    assert.ok(one.notes.some((note) => /full/.test(JSON.parse(note).reason)));
    one.text().delete(0, 500_000);
    await until(() => one.statuses.at(-1) === true, 'the deletion is stored', 30_000);
    const late = await open(people.owner, session);
    assert.equal(late.text().length, 5 * 800_000 + 'start'.length - 500_000);
    assert.doesNotMatch(late.read(), /REFUSED/);
    destroy(one, late);
  });

  test('passes stateless messages on to other providers', async () => {
    const [one, other, viewer] = await Promise.all(
      [people.owner, people.editor, people.viewer].map((user) => open(user)),
    );
    one.provider.sendStateless('{"ask":"who is there?"}');
    for (const client of [other, viewer]) {
      await until(() => client.notes.includes('{"ask":"who is there?"}'), 'the message arrives');
    }
    viewer.provider.sendStateless('not mine to say');
    await until(() => viewer.notes.some((note) => JSON.parse(note).codecrafter === 'refused'), 'it is refused');
    for (const client of [one, other]) assert.ok(!client.notes.includes('not mine to say'));
    destroy(one, other, viewer);
  });
});

describe('one connection', () => {
  test('carries many documents, which do not mix', async () => {
    const sessions = [];
    for (let index = 0; index < 8; index += 1) sessions.push(await people.owner.client.session(FILES));
    const socket = providerSocket(server);
    const here = await Promise.all(sessions.map((session) => open(people.owner, session, { socket })));
    here.forEach((client, index) => client.text().insert(0, `of ${index} `));
    await Promise.all(here.map((client) => client.saved()));
    for (const [index, session] of sessions.entries()) {
      const late = await open(people.owner, session);
      assert.equal(late.read(), `of ${index} start`);
      destroy(late);
    }
    destroy(...here, socket);
  });

  test('carries one document twice, with and without a session of the provider', async () => {
    const session = await people.owner.client.session(FILES);
    const socket = providerSocket(server);
    const plain = await open(people.owner, session, { socket });
    const [own, second] = await Promise.all(
      [0, 1].map(() => open(people.owner, session, { socket, sessionAwareness: true })),
    );
    const clients = [plain, own, second];
    for (const [index, client] of clients.entries()) client.text().insert(0, `${index} `);
    await until(
      () => clients.every((client) => client.read() === plain.read() && /start$/.test(client.read())),
      'equal',
    );
    await Promise.all(clients.map((client) => client.saved()));
    assert.equal(plain.read().length, 'start'.length + 6);
    for (const client of clients) {
      assert.deepEqual(client.statuses, Array(client.edits + client.answers).fill(true));
    }
    own.destroy();
    plain.text().insert(0, 'still ');
    await until(() => second.read().startsWith('still '), 'the others go on');
    destroy(plain, second, socket);
  });

  test('may close a document and open it again', async () => {
    const session = await people.owner.client.session(FILES);
    const socket = providerSocket(server);
    const other = await open(people.owner, people.session, { socket });
    for (let turn = 0; turn < 5; turn += 1) {
      const one = await open(people.owner, session, { socket });
      one.text().insert(0, `${turn} `);
      await one.saved();
      one.destroy();
    }
    const last = await open(people.owner, session, { socket });
    assert.equal(last.read(), '4 3 2 1 0 start');
    assert.equal(other.closes.length, 0);
    destroy(other, last, socket);
  });

  test('may open again, with another token, what was denied', async () => {
    const socket = providerSocket(server);
    const other = await open(people.owner, people.session, { socket });
    const { webSocket } = socket;
    const session = await people.owner.client.session(FILES);
    const denied = new Provider(server, session.id, 'no token', { socket });
    await until(() => denied.failures.length > 0, 'it is denied');
    denied.destroy();
    const one = await open(people.owner, session, { socket });
    assert.equal(one.read(), 'start');
    one.text().insert(0, 'now ');
    await one.saved();
    assert.equal(socket.webSocket, webSocket);
    assert.equal(other.provider.isSynced, true);
    destroy(one, other, socket);
  });

  test('is not harmed by what a denied document goes on sending', async () => {
    const socket = providerSocket(server);
    const other = await open(people.owner, people.session, { socket });
    const denied = new Provider(server, people.session.id.replace(/^./, 'f'), people.owner.token, { socket });
    await until(() => denied.failures.length > 0, 'it is denied');
    for (let index = 0; index < 600; index += 1) denied.files.set(`${index}`, 'x'.repeat(5_000));
    other.text().insert(0, 'unharmed ');
    await other.saved();
    assert.deepEqual(denied.statuses, []);
    assert.equal(other.closes.length, 0);
    destroy(other, denied, socket);
  });

  test('may hold documents of different users', async () => {
    const socket = providerSocket(server);
    const one = await open(people.owner, people.session, { socket });
    const other = await open(people.viewer, people.session, { socket, sessionAwareness: true });
    assert.deepEqual([one.scopes, other.scopes], [['read-write'], ['readonly']]);
    other.text().insert(0, 'REFUSED');
    await until(() => other.statuses.includes(false), 'the viewer is refused');
    assert.doesNotMatch(one.read(), /REFUSED/);
    destroy(one, other, socket);
  });
});

describe('who may not', () => {
  test('is told why, document by document', async () => {
    const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';
    for (const [name, token, reason] of [
      [people.session.id, '', /sign in/],
      [people.session.id, 'nonsense', /sign in/],
      [people.session.id, people.stranger.token, /no such session/],
      [UNKNOWN, people.owner.token, /no such session/],
      ['not an id', people.owner.token, /no such session/],
    ]) {
      const one = new Provider(server, name, token);
      const [failure] = await until(() => one.failures.length > 0 && one.failures, `${name} is denied`);
      assert.match(failure, reason);
      assert.equal(one.provider.isSynced, false);
      one.destroy();
    }
  });

  test('reads as a viewer and is refused each edit, with the reason', async () => {
    const session = await people.owner.client.session(FILES);
    await join(people.owner, session, people.viewer, 'viewer');
    const [owner, viewer] = [await open(people.owner, session), await open(people.viewer, session)];
    assert.deepEqual(viewer.scopes, ['readonly']);
    viewer.text().insert(0, 'REFUSED');
    viewer.text().insert(0, 'REFUSED');
    await until(() => viewer.statuses.filter((applied) => !applied).length === 2, 'both edits are refused');
    assert.equal(viewer.provider.hasUnsyncedChanges, true);
    assert.ok(viewer.notes.some((note) => /not edit it/.test(JSON.parse(note).reason)));
    owner.text().insert(0, 'received ');
    await until(() => /received/.test(viewer.read()), 'the viewer receives');
    assert.equal(owner.read(), 'received start');
    destroy(owner, viewer);
  });

  test('a promotion needs no reload, and brings what was refused', async () => {
    const session = await people.owner.client.session(FILES);
    const user = await newUser(server, 'promoted');
    await join(people.owner, session, user, 'viewer');
    const [owner, client] = [await open(people.owner, session), await open(user, session)];
    client.text().insert(0, 'before ');
    client.text().insert(0, 'long ');
    await until(() => client.statuses.filter((applied) => !applied).length === 2, 'refused');
    await setRole(session, user, 'editor');
    await until(() => client.scopes.at(-1) === 'read-write', 'the provider knows', LIVE);
    await until(() => owner.read() === 'long before start', 'what hung arrives', LIVE);
    client.text().insert(0, 'now ');
    await until(() => owner.read() === 'now long before start', 'and what comes after', LIVE);
    await client.saved();
    assert.equal(client.closes.length, 0);
    destroy(owner, client);
  });

  test('a demotion holds at once on one document of several', async () => {
    const [session, other] = [await people.owner.client.session(FILES), await people.owner.client.session(FILES)];
    const user = await newUser(server, 'demoted');
    for (const each of [session, other]) await join(people.owner, each, user, 'editor');
    const socket = providerSocket(server);
    const [one, two] = [await open(user, session, { socket }), await open(user, other, { socket })];
    await setRole(session, user, 'viewer');
    await until(() => one.scopes.at(-1) === 'readonly', 'the provider knows', LIVE);
    one.text().insert(0, 'REFUSED');
    two.text().insert(0, 'taken ');
    await until(() => one.statuses.includes(false), 'refused');
    await two.saved();
    const late = await open(people.owner, session);
    assert.equal(late.read(), 'start');
    destroy(late, one, two, socket);
  });

  test('a removal ends that document and leaves the others', async () => {
    const [session, other] = [await people.owner.client.session(FILES), await people.owner.client.session(FILES)];
    const user = await newUser(server, 'removed');
    for (const each of [session, other]) await join(people.owner, each, user, 'editor');
    const socket = providerSocket(server);
    const [one, two] = [await open(user, session, { socket }), await open(user, other, { socket })];
    const { webSocket } = socket;
    (await people.owner.client.delete(`/sessions/${session.id}/participants/${user.id}`)).expect(204);
    await until(() => one.closes.length > 0, 'the document is closed', LIVE);
    assert.match(one.closes[0].reason, /not open to you/);
    assert.match(one.failures[0], /not open to you/);
    one.text().insert(0, 'REFUSED');
    two.text().insert(0, 'taken ');
    await two.saved();
    assert.equal(socket.webSocket, webSocket);
    const late = await open(people.owner, session);
    assert.equal(late.read(), 'start');
    destroy(late, one, two, socket);
  });

  test('with the last document the connection goes, with its code', async () => {
    const session = await people.owner.client.session(FILES);
    const user = await newUser(server, 'removed');
    await join(people.owner, session, user, 'editor');
    const one = await open(user, session);
    (await people.owner.client.delete(`/sessions/${session.id}/participants/${user.id}`)).expect(204);
    await until(() => one.closes.some(({ code }) => code === 4403), '4403', LIVE);
    destroy(one);
  });

  test('a deleted session ends with 4404', async () => {
    const session = await people.owner.client.session(FILES);
    const one = await open(people.owner, session);
    (await people.owner.client.delete(`/sessions/${session.id}`)).expect(204);
    await until(() => one.closes.some(({ code }) => code === 4404), '4404', LIVE);
    destroy(one);
  });

  test('the end of a login ends all its documents with 4401', async () => {
    const user = await newUser(server, 'logsout');
    const sessions = [await user.client.session(FILES), await user.client.session(FILES)];
    const socket = providerSocket(server);
    const clients = await Promise.all(sessions.map((session) => open(user, session, { socket })));
    (await user.client.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
    for (const client of clients) {
      await until(() => client.closes.some(({ code }) => code === 4401), '4401', LIVE);
      assert.match(client.failures[0], /sign in/);
    }
    destroy(...clients, socket);
  });

  test('a session that is closed to the public drops its readers', async () => {
    const session = await people.owner.client.session({ visibility: 'public', ...FILES });
    const reader = await open(people.stranger, session);
    assert.deepEqual(reader.scopes, ['readonly']);
    (await people.owner.client.patch(`/sessions/${session.id}`, { visibility: 'private' })).expect(200);
    await until(() => reader.closes.some(({ code }) => code === 4403 || code === 4404), 'out', LIVE);
    destroy(reader);
  });
});

describe('beside y-websocket clients', () => {
  test('text goes both ways, and so do files', async () => {
    const session = await people.owner.client.session(FILES);
    await join(people.owner, session, people.editor, 'editor');
    const plain = await StockClient.open(server, session.id, people.owner.token);
    const provider = await open(people.editor, session);
    plain.text().insert(0, '🦀 ');
    provider.text().insert(provider.text().length, ' 漢字');
    plain.add('plain.py', 'p');
    provider.add('provider.py', 'q');
    await until(() => plain.read() === provider.read() && plain.read() === '🦀 start 漢字', 'equal');
    await until(() => plain.read('provider.py') === 'q' && provider.read('plain.py') === 'p', 'files');
    destroy(plain, provider);
  });

  test('presence goes both ways', async () => {
    const plain = await StockClient.open(server, people.session.id, people.owner.token);
    const provider = await open(people.editor);
    plain.awareness.setLocalStateField('file', 'plain');
    provider.awareness.setLocalStateField('file', 'provider');
    const isThere = (client, file, user) => client.others().some((who) => who.file === file && who.user.id === user.id);
    await until(() => isThere(plain, 'provider', people.editor), 'the provider is seen');
    await until(() => isThere(provider, 'plain', people.owner), 'the other is seen');
    provider.breakConnection();
    await until(() => provider.others().length === 0, 'the break is noticed');
    await until(() => isThere(provider, 'plain', people.owner) && isThere(plain, 'provider', people.editor), 'back');
    provider.destroy();
    await until(() => plain.others().every(({ file }) => file !== 'provider'), 'gone', LIVE);
    destroy(plain);
  });
});
