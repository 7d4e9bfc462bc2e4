// Runs: limits, cancelling, watching, waiting.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { EventStream, parseEvents } from '../lib/sse.mjs';
import { until } from '../lib/until.mjs';

const MIB = 1024 * 1024;
let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'runner');
});
after(() => server.stop());

const python = (code, more = {}) => ({ language: 'python', code, ...more });
const start = async (request) => (await user.client.post('/executions', request)).expect(202).body;
const read = async (id) => (await user.client.get(`/executions/${id}`)).expect(200).body;
const finished = (id) =>
  until(async () => {
    const execution = await read(id);
    return execution.status === 'finished' && execution;
  }, 'the run ends');

describe('a limit ends the run and says which it was:', () => {
  test('processor time', async () => {
    const result = await user.client.run(python('while True: pass', { limits: { cpu_ms: 300 } }));
    assert.equal(result.outcome, 'cpu_limit');
    assert.ok(result.run.usage.cpu_ms >= 250 && result.run.usage.cpu_ms < 2_000, `${result.run.usage.cpu_ms} ms`);
  });

  test('processor time of all processes together', async () => {
    const code = 'import os\nfor _ in range(3): os.fork()\nwhile True: pass';
    const result = await user.client.run(python(code, { limits: { cpu_ms: 500, wall_ms: 20_000 } }));
    assert.equal(result.outcome, 'cpu_limit');
    assert.ok(result.run.usage.cpu_ms < 3_000, `${result.run.usage.cpu_ms} ms`);
  });

  test('time on the clock', async () => {
    const result = await user.client.run(python('import time\ntime.sleep(60)', { limits: { wall_ms: 400 } }));
    assert.equal(result.outcome, 'wall_limit');
    assert.ok(result.run.usage.wall_ms >= 390 && result.run.usage.wall_ms < 3_000, `${result.run.usage.wall_ms} ms`);
  });

  test('memory', async () => {
    const code = 'kept = []\nwhile True: kept.append(bytearray(1 << 20))';
    const result = await user.client.run(python(code, { limits: { memory_bytes: 64 * MIB } }));
    assert.equal(result.outcome, 'memory_limit');
    assert.ok(result.run.usage.memory_bytes <= 66 * MIB);
  });

  test('output', async () => {
    const code = 'import sys\nwhile True: sys.stdout.write("x" * 1000)';
    const result = await user.client.run(python(code, { limits: { output_bytes: 10_000 } }));
    assert.equal(result.outcome, 'output_limit');
    assert.equal(result.run.truncated, true);
    assert.equal(result.run.stdout, 'x'.repeat(10_000));
  });

  test('and shows what was written before', async () => {
    const code = 'print("before", flush=True)\nwhile True: pass';
    const result = await user.client.run(python(code, { limits: { cpu_ms: 300 } }));
    assert.equal(result.run.stdout, 'before\n');
  });

  test('the limits in force are told', async () => {
    const limits = { cpu_ms: 1_234, wall_ms: 2_345, memory_bytes: 99 * MIB, processes: 7, output_bytes: 4_321 };
    const result = await user.client.run(python('', { limits }));
    for (const [name, value] of Object.entries(limits)) assert.equal(result.limits[name], value, name);
  });
});

test('a program that is killed by a signal says which', async () => {
  const result = await user.client.run(python('import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)'));
  assert.equal(result.outcome, 'signalled');
  assert.equal(result.run.signal, 'SIGSEGV');
  assert.equal(result.run.exit_code, null);
});

describe('waiting', () => {
  test('gives the result at once, as it is read later', async () => {
    const result = await user.client.run(python('print(6 * int(input()))', { stdin: '7' }));
    assert.equal(result.outcome, 'ok');
    assert.equal(result.run.stdout, '42\n');
    assert.equal(result.user.id, user.id);
    assert.equal(result.session_id, null);
    assert.ok(Date.parse(result.created_at) <= Date.parse(result.started_at));
    assert.ok(Date.parse(result.started_at) <= Date.parse(result.finished_at));
    assert.deepEqual(await read(result.id), result);
  });

  test('is not done unless asked for', async () => {
    for (const query of ['', '?wait=false']) {
      const request = python('import time\ntime.sleep(0.3)');
      const { body } = (await user.client.post(`/executions${query}`, request)).expect(202);
      assert.notEqual(body.status, 'finished');
      assert.equal((await finished(body.id)).outcome, 'ok');
    }
    assertProblem(await user.client.post('/executions?wait=perhaps', python('')), [400, 422]);
  });

  test('and going away does not harm the run', async () => {
    const abort = new AbortController();
    const code = 'import time\nprint("a", flush=True)\ntime.sleep(0.5)\nprint("b")';
    const session = await user.client.session();
    const request = python(code, { session_id: session.id });
    const waiting = user.client.post('/executions?wait=true', request, { signal: abort.signal });
    const list = async () => (await user.client.get(`/sessions/${session.id}/executions`)).body.items;
    const [head] = await until(async () => {
      const items = await list();
      return items[0]?.status === 'running' && items;
    }, 'it runs');
    abort.abort();
    await assert.rejects(waiting);
    assert.equal((await finished(head.id)).run.stdout, 'a\nb\n');
  });
});

describe('cancelling', () => {
  test('ends a running program at once, with what it wrote', async () => {
    const { id } = await start(python('import time\nprint("begun", flush=True)\ntime.sleep(60)'));
    const stream = await EventStream.open(server, user.token, `/executions/${id}/events`);
    await until(() => stream.output('stdout') === 'begun\n', 'it runs');
    (await user.client.delete(`/executions/${id}`)).expect(204);
    const result = await finished(id);
    assert.equal(result.outcome, 'cancelled');
    assert.equal(result.run.stdout, 'begun\n');
    assert.ok(Date.parse(result.finished_at) - Date.parse(result.started_at) < 10_000);
    await stream.ended;
  });

  test('ends one that waits, and changes nothing of one that has ended', async () => {
    const sleepers = await Promise.all(Array.from({ length: 6 }, () => start(python('import time\ntime.sleep(20)'))));
    const waiting = sleepers.at(-1);
    (await user.client.delete(`/executions/${waiting.id}`)).expect(204);
    assert.equal((await finished(waiting.id)).outcome, 'cancelled');
    for (const { id } of sleepers) await user.client.delete(`/executions/${id}`);
    for (const { id } of sleepers) assert.equal((await finished(id)).outcome, 'cancelled');

    const done = await user.client.run(python('print(1)'));
    const answer = await user.client.delete(`/executions/${done.id}`);
    assert.ok([204, 409].includes(answer.status));
    assert.deepEqual(await read(done.id), done);
  });
});

describe('the event stream', () => {
  const code =
    'import sys, time\nfor i in range(3):\n    print(i, flush=True)\n    time.sleep(0.1)\nsys.stderr.write("e")';

  test('tells status, output and result while they happen', async () => {
    const { id } = await start(python(code));
    const stream = await EventStream.open(server, user.token, `/executions/${id}/events`);
    assert.match(stream.type, /^text\/event-stream/);
    await until(() => stream.output('stdout').startsWith('0\n'), 'the first line');
    assert.ok(!stream.events.some(({ event }) => event === 'result'), 'before the end');
    await stream.ended;
    const names = stream.events.map(({ event }) => event);
    assert.equal(names[0], 'status');
    assert.equal(names.at(-1), 'result');
    assert.deepEqual(new Set(names), new Set(['status', 'stdout', 'stderr', 'result']));
    assert.equal(stream.output('stdout'), '0\n1\n2\n');
    assert.equal(stream.output('stderr'), 'e');
    assert.deepEqual(stream.events.at(-1).data.execution, await read(id));
    const ids = stream.events.map((event) => Number(event.id));
    assert.ok(
      ids.every((one, index) => index === 0 || one > ids[index - 1]),
      'ids rise',
    );
  });

  test('goes on after the last event that was seen', async () => {
    const { id } = await start(python(code));
    await finished(id);
    const path = `/executions/${id}/events`;
    const all = parseEvents((await user.client.get(path)).expect(200).text);
    for (let index = 0; index < all.length - 1; index += 1) {
      const headers = { 'last-event-id': all[index].id };
      const rest = parseEvents((await user.client.get(path, { headers })).expect(200).text);
      assert.deepEqual(rest, all.slice(index + 1));
    }
  });

  test('of a run long past still gives the result', async () => {
    const { id } = await start(python('print("kept")'));
    await finished(id);
    await server.kill();
    await server.restart();
    const events = parseEvents((await user.client.get(`/executions/${id}/events`)).expect(200).text);
    assert.equal(events.at(-1).event, 'result');
    assert.equal(events.at(-1).data.execution.run.stdout, 'kept\n');
  });

  test('takes no nonsense for a position', async () => {
    const { id } = await user.client.run(python(''));
    const answer = await user.client.get(`/executions/${id}/events`, { headers: { 'last-event-id': 'nonsense' } });
    assert.ok(answer.status < 500);
  });
});

test('a session lists its runs, newest first, page by page', async () => {
  const session = await user.client.session();
  const ids = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift((await user.client.run(python(`print(${index})`, { session_id: session.id }))).id);
  }
  const first = (await user.client.get(`/sessions/${session.id}/executions?limit=3`)).expect(200).body;
  const path = `/sessions/${session.id}/executions?limit=3&cursor=${encodeURIComponent(first.next_cursor)}`;
  const second = (await user.client.get(path)).expect(200).body;
  assert.deepEqual(
    [...first.items, ...second.items].map(({ id }) => id),
    ids,
  );
  assert.equal(second.next_cursor, null);
});

test('one user cannot fill the queue: more unfinished runs than allowed are told to wait', async () => {
  const greedy = await newUser(server, 'greedy');
  const request = python('import time\ntime.sleep(10)');
  const answers = await Promise.all(Array.from({ length: 40 }, () => greedy.client.post('/executions', request)));
  const refused = answers.filter(({ status }) => status !== 202);
  assert.ok(refused.length > 0);
  for (const answer of refused) {
    assertProblem(answer, [429, 503]);
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
  }
  await Promise.all(answers.map(({ body }) => body.id && greedy.client.delete(`/executions/${body.id}`)));
  const taken = answers.filter(({ status }) => status === 202);
  for (const { body } of taken) {
    await until(async () => (await greedy.client.get(`/executions/${body.id}`)).body.status === 'finished', 'it ends');
  }
  assert.equal((await greedy.client.run(python('print(1)'))).outcome, 'ok');
});
