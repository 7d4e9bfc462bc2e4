// Snapshots, their differences, bringing them back, the log of edits, the export, and forgetting.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as Y from 'yjs';

import { EventSocket } from '../lib/events.mjs';
import { cast } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';

let server;
let people;

before(async () => {
  server = await Server.start();
  people = await cast(server);
});
after(() => server.stop());

const fresh = (files = [{ path: 'main.py', content: 'print(1)\n' }]) => people.owner.client.session({ files });
const snapshot = async (session, name = 'mine') =>
  (
    await people.owner.client.post(`/sessions/${session.id}/snapshots`, {
      name,
    })
  ).expect(201).body;
const filesOf = async (session) => (await people.owner.client.get(`/sessions/${session.id}/files`)).body.items;
const listed = async (session) =>
  (await people.owner.client.get(`/sessions/${session.id}/snapshots`)).expect(200).body.items;

/** Position of the last stored edit. */
async function lastStored(session) {
  const { body } = (await people.owner.client.get(`/sessions/${session.id}/history?limit=2000`)).expect(200);
  return body.items.at(-1)?.seq ?? 0;
}

/** Has the owner type, and waits until it is stored. */
async function type(session, text, position = 0, remove = 0) {
  const before = await lastStored(session);
  const client = await StockClient.open(server, session.id, people.owner.token);
  const file = client.text();
  client.doc.transact(() => {
    file.delete(position, remove);
    file.insert(position, text);
  });
  await until(async () => (await lastStored(session)) > before, 'it is stored');
  client.destroy();
}

describe('snapshots', () => {
  test('hold the files, are named, listed and deleted', async () => {
    const session = await fresh();
    const made = await snapshot(session, '  it works  ');
    assert.deepEqual(
      [made.name, made.kind, made.files, made.bytes, made.by.id],
      ['it works', 'named', 1, 9, people.owner.id],
    );
    await type(session, '# later\n');
    const path = `/sessions/${session.id}/snapshots/${made.id}`;
    const whole = (await people.owner.client.get(path)).expect(200).body;
    assert.deepEqual(whole.contents, [{ path: 'main.py', content: 'print(1)\n' }]);
    (await people.owner.client.patch(path, { name: 'worked' })).expect(200);
    assert.equal((await listed(session)).find(({ id }) => id === made.id).name, 'worked');
    (await people.owner.client.delete(path)).expect(204);
    assertProblem(await people.owner.client.get(path), 404);
    assertProblem(await people.owner.client.delete(path), 404);
    assertProblem(await people.owner.client.post(`${path}/restore`), 404);
  });

  test('of one session are not found in another', async () => {
    const [one, other] = [await fresh(), await fresh()];
    const made = await snapshot(one);
    assertProblem(await people.owner.client.get(`/sessions/${other.id}/snapshots/${made.id}`), 404);
    assertProblem(await people.owner.client.post(`/sessions/${other.id}/snapshots/${made.id}/restore`), 404);
    const mine = await snapshot(other);
    const query = `/sessions/${other.id}/snapshots/${mine.id}/diff?to=${made.id}`;
    assertProblem(await people.owner.client.get(query), 404);
  });

  for (const name of ['', '   ', 'x'.repeat(121), 'a\nb', 5, null]) {
    test(`are not called ${JSON.stringify(name).slice(0, 20)}`, async () => {
      const session = await fresh();
      const made = await snapshot(session);
      for (const answer of [
        await people.owner.client.post(`/sessions/${session.id}/snapshots`, {
          name,
        }),
        await people.owner.client.patch(`/sessions/${session.id}/snapshots/${made.id}`, { name }),
      ]) {
        const { body } = assertProblem(answer, 422);
        assert.equal(body.errors[0].field, 'name');
      }
    });
  }

  test('are made by each run of something new', async () => {
    const session = await fresh();
    const run = {
      language: 'python',
      code: 'print(1)',
      session_id: session.id,
    };
    const first = await people.owner.client.run(run);
    await until(async () => (await listed(session)).length === 1, 'a snapshot of the first run');
    await people.owner.client.run(run);
    await type(session, 'x = 1\n');
    const third = await people.owner.client.run(run);
    const of = async () => (await listed(session)).filter(({ kind }) => kind === 'run');
    await until(async () => (await of()).length === 2, 'a snapshot of the third run, and none of the second');
    assert.deepEqual(
      (await of()).map(({ execution_id }) => execution_id),
      [third.id, first.id],
    );
  });
});

describe('differences', () => {
  test('are unified diffs per file, between two and against now', async () => {
    const session = await fresh([
      { path: 'a.py', content: 'one\ntwo\n' },
      { path: 'gone.py', content: 'x' },
      { path: 'main.py', content: '' },
    ]);
    const first = await snapshot(session, 'first');
    await type(session, 'new\n');
    const second = await snapshot(session, 'second');
    const diff = async (from, to) =>
      (
        await people.owner.client.get(`/sessions/${session.id}/snapshots/${from.id}/diff${to ? `?to=${to.id}` : ''}`)
      ).expect(200).body.items;
    const expected = [
      {
        path: 'main.py',
        change: 'modified',
        added: 1,
        removed: 0,
        diff: '--- a/main.py\n+++ b/main.py\n@@ -0,0 +1 @@\n+new\n',
      },
    ];
    assert.deepEqual(await diff(first, second), expected);
    assert.deepEqual(await diff(first), expected);
    assert.deepEqual(await diff(second), []);
    assert.equal((await diff(second, first))[0].removed, 1);
    const wrong = await people.owner.client.get(`/sessions/${session.id}/snapshots/${first.id}/diff?to=yesterday`);
    assert.equal(wrong.status, 400);
  });
});

describe('bringing back', () => {
  test('is an edit that others see, and can itself be taken back', async () => {
    const session = await fresh();
    const made = await snapshot(session);
    await type(session, '# changed\n');
    const watcher = await StockClient.open(server, session.id, people.owner.token);
    const events = await EventSocket.open(server, session.id, people.owner.token);
    assert.equal(watcher.read(), '# changed\nprint(1)\n');
    const id = [...watcher.files.keys()][0];
    (await people.owner.client.post(`/sessions/${session.id}/snapshots/${made.id}/restore`)).expect(200);
    await until(() => watcher.read() === 'print(1)\n', 'the others see it');
    assert.deepEqual([...watcher.files.keys()], [id], 'the file is edited, not replaced');
    assert.equal((await events.next('snapshot.restored')).snapshot.id, made.id);
    const before = (await listed(session)).find(({ kind }) => kind === 'restore');
    (await people.owner.client.post(`/sessions/${session.id}/snapshots/${before.id}/restore`)).expect(200);
    assert.equal((await filesOf(session))[0].content, '# changed\nprint(1)\n');
    watcher.destroy();
    events.destroy();
  });

  test('survives the end of the server at any moment after the answer', async () => {
    const own = await Server.start();
    const { owner } = await cast(own);
    const session = await owner.client.session({
      files: [{ path: 'main.py', content: 'first' }],
    });
    const { body } = (
      await owner.client.post(`/sessions/${session.id}/snapshots`, {
        name: 'a',
      })
    ).expect(201);
    const client = await StockClient.open(own, session.id, owner.token);
    client.text().insert(0, 'not the ');
    await until(async () => (await owner.client.get(`/sessions/${session.id}/files/main.py`)).text !== 'first', 'seen');
    client.destroy();
    (await owner.client.post(`/sessions/${session.id}/snapshots/${body.id}/restore`)).expect(200);
    await own.kill();
    await own.restart();
    assert.equal((await owner.client.get(`/sessions/${session.id}/files/main.py`)).text, 'first');
    await own.stop();
  });
});

describe('the log', () => {
  /** All of it, in parts of `limit`. */
  async function log(session, limit = 2_000) {
    const parts = [];
    let after = 0;
    do {
      const path = `/sessions/${session.id}/history?after=${after}&limit=${limit}`;
      parts.push((await people.owner.client.get(path)).expect(200).body);
      after = parts.at(-1).next;
    } while (after !== null);
    return parts;
  }

  const play = (parts) => {
    const doc = new Y.Doc();
    for (const { start, items } of parts) {
      for (const { update } of [...(start ? [start] : []), ...items]) Y.applyUpdate(doc, Buffer.from(update, 'base64'));
    }
    return [...doc.getMap('files').values()].map((file) => file.get('content').toString());
  };

  test('plays back to what is there now, however it is cut', async () => {
    const session = await fresh();
    for (const text of ['a', 'b', 'c']) await type(session, text);
    const [whole] = await log(session);
    assert.equal(whole.items.length, 4);
    assert.ok(whole.items.every(({ author }) => author === people.owner.id));
    assert.deepEqual(
      whole.people.map(({ id }) => id),
      [people.owner.id],
    );
    assert.deepEqual(play([whole]), ['cbaprint(1)\n']);
    const parts = await log(session, 1);
    assert.deepEqual(play(parts), ['cbaprint(1)\n']);
    assert.deepEqual(
      parts.flatMap(({ items }) => items),
      whole.items,
    );
    const times = whole.items.map(({ at }) => Date.parse(at));
    assert.deepEqual(times, [...times].sort());
  });

  for (const query of ['limit=0', 'limit=2001', 'limit=-1', 'limit=x', 'after=-1', 'after=x', 'nonsense=1']) {
    test(`is not asked for with ${query}`, async () => {
      const session = await fresh();
      const answer = await people.owner.client.get(`/sessions/${session.id}/history?${query}`);
      assertProblem(answer, answer.status);
      assert.ok([400, 422].includes(answer.status), answer.text);
    });
  }

  test('is forgotten for good, and goes on', async () => {
    const session = await fresh();
    await type(session, 'a secret ');
    await type(session, '', 2, 7);
    await people.owner.client.run({
      language: 'python',
      code: '1',
      session_id: session.id,
    });
    await until(async () => (await listed(session)).length === 1, 'a snapshot of the run');
    const kept = await snapshot(session, 'kept');
    (await people.owner.client.delete(`/sessions/${session.id}/history`)).expect(204);
    const [purged] = await log(session);
    assert.ok(!JSON.stringify(purged).includes(Buffer.from('secret').toString('base64').slice(0, 6)));
    const raw = [purged.start, ...purged.items].map(({ update }) => Buffer.from(update, 'base64').toString('latin1'));
    assert.ok(!raw.join('').includes('secret'));
    assert.deepEqual(
      (await listed(session)).map(({ id }) => id),
      [kept.id],
    );
    assert.deepEqual(play([purged]), ['a print(1)\n']);
    await type(session, 'new ');
    assert.deepEqual(play(await log(session)), ['new a print(1)\n']);
  });
});

test('the export has everything, each line a thing', async () => {
  const session = await fresh();
  await type(session, 'x');
  await snapshot(session);
  await people.owner.client.run({
    language: 'python',
    code: 'print("ran")',
    session_id: session.id,
  });
  (
    await people.owner.client.post(`/sessions/${session.id}/messages`, {
      text: 'said',
    })
  ).expect(201);
  (
    await people.owner.client.put(`/sessions/${session.id}/notes`, {
      text: 'for admins only',
      version: 0,
    })
  ).expect(200);
  const answer = (await people.owner.client.get(`/sessions/${session.id}/history/export`)).expect(200);
  assert.ok(!answer.text.includes('for admins only'), 'notes are nobody else’s');
  assert.equal(answer.type, 'application/x-ndjson');
  const lines = answer.text.trimEnd().split('\n').map(JSON.parse);
  const of = (type) => lines.filter((line) => line.type === type);
  assert.equal(of('session')[0].id, session.id);
  assert.equal(of('participant').length, 1);
  assert.equal(of('snapshot').at(-1).contents[0].content, 'xprint(1)\n');
  assert.equal(of('execution')[0].run.stdout, 'ran\n');
  assert.ok(of('message').some(({ text }) => text === 'said'));
  const doc = new Y.Doc();
  for (const { update } of of('edit')) Y.applyUpdate(doc, Buffer.from(update, 'base64'));
  assert.equal([...doc.getMap('files').values()][0].get('content').toString(), 'xprint(1)\n');
});
