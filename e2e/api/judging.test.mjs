// Tests in one request, options of the compiler, files given back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { parseEvents } from '../lib/sse.mjs';

const MIB = 1024 * 1024;
let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'judge');
});
after(() => server.stop());

const python = (code, more = {}) => ({ language: 'python', code, ...more });
const c = (code, more = {}) => ({ language: 'c', code, ...more });
const verdicts = ({ tests }) => tests.map(({ verdict }) => verdict);
const DOUBLE = '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", 2 * n); }';

describe('tests', () => {
  test('have a verdict each, and the whole an outcome', async () => {
    const tests = [
      { stdin: '1', expected_stdout: '2\n', checker: 'exact' },
      { stdin: '2', expected_stdout: '5' },
      { stdin_encoding: 'base64', stdin: 'Mw==', expected_stdout: '6  \n\n' },
      { stdin: '4' },
      { stdin: '5', expected_stdout: '10.0000001', checker: 'float' },
      { stdin: '5', expected_stdout: '10.5', checker: 'float', tolerance: 0.01 },
    ];
    const result = await user.client.run(c(DOUBLE, { tests }));
    assert.equal(result.outcome, 'ok');
    const expected = ['accepted', 'wrong_answer', 'accepted', 'accepted', 'accepted', 'wrong_answer'];
    assert.deepEqual(verdicts(result), expected);
    assert.equal(result.tests[1].run.stdout, '4\n');
    assert.equal(result.tests[0].run.exit_code, 0);
    assert.equal(result.run, null);
    assert.equal(result.compile.exit_code, 0);
  });

  test('a hundred in one go, a hundred and one never', async () => {
    const tests = Array.from({ length: 100 }, (_, n) => ({ stdin: `${n}`, expected_stdout: `${2 * n}` }));
    const result = await user.client.run(c(DOUBLE, { tests }));
    assert.deepEqual(new Set(verdicts(result)), new Set(['accepted']));
    assert.equal(result.tests.length, 100);
    assertProblem(await user.client.post('/executions', c(DOUBLE, { tests: [...tests, {}] })), 422, 'tests');
  });

  test('stop at the first failure where that is asked for', async () => {
    const tests = [{ expected_stdout: 'x' }, { expected_stdout: 'y' }, { expected_stdout: 'x' }];
    const result = await user.client.run(python('print("x")', { tests, stop_at_first_failure: true }));
    assert.deepEqual(verdicts(result), ['accepted', 'wrong_answer', 'skipped']);
    assert.equal(result.tests[2].run, null);
  });

  test('are told one by one, also to those who come late', async () => {
    const tests = [{ expected_stdout: 'x' }, { expected_stdout: 'y' }];
    const { id } = await user.client.run(python('print("x")', { tests }));
    const told = async () => {
      const events = parseEvents((await user.client.get(`/executions/${id}/events`)).expect(200).text);
      return events.filter(({ event }) => event === 'test').map(({ data }) => [data.index, data.verdict]);
    };
    const expected = [
      [0, 'accepted'],
      [1, 'wrong_answer'],
    ];
    assert.deepEqual(await told(), expected);
    await server.kill();
    await server.restart();
    assert.deepEqual(await told(), expected);
  });

  test('keep a bounded part of what was written', async () => {
    const tests = Array.from({ length: 20 }, () => ({ expected_stdout: 'x'.repeat(200_000) }));
    const result = await user.client.run(python('print("x" * 200000)', { tests }));
    assert.deepEqual(new Set(verdicts(result)), new Set(['accepted']));
    for (const { run } of result.tests) {
      assert.equal(run.stdout.length, 16_384);
      assert.equal(run.truncated, true);
    }
  });
});

describe('options of the compiler', () => {
  test('are listed with each language', async () => {
    const { items } = (await user.client.get('/languages')).expect(200).body;
    const options = Object.fromEntries(items.map((language) => [language.id, language.compile_options]));
    assert.ok(options.c.includes('-std=c11') && options.cpp.includes('-std=c++20') && options.java.includes('-Xlint'));
    assert.deepEqual([options.go, options.python], [[], []]);
    for (const option of Object.values(options).flat()) assert.match(option, /^-[A-Za-z0-9+=:,._-]+$/);
  });

  test('are taken from the list and from nowhere else', async () => {
    const program = '#include <stdio.h>\nint main(void) { printf("%ld", __STDC_VERSION__); }';
    const result = await user.client.run(c(program, { compile_options: ['-std=c11', '-O0'] }));
    assert.equal(result.run.stdout, '201112');
    for (const option of ['@/etc/passwd', '-o/tmp/x', '-fplugin=x.so', '-I/etc', '-std=c++20', '']) {
      const answer = await user.client.post('/executions', c(program, { compile_options: ['-g', option] }));
      assertProblem(answer, 422, 'compile_options[1]');
    }
  });
});

test('limits of compiling are not those of the run', async () => {
  const program = c('int main(void) { return 0; }', { compile_limits: { wall_ms: 10 } });
  const result = await user.client.run(program);
  assert.equal(result.outcome, 'compile_error');
  assert.match(result.message, /10 ms/);
  const languages = (await user.client.get('/languages')).body.items;
  const most = languages.find(({ id }) => id === 'c').compile_limits.cpu_ms;
  const more = { compile_limits: { cpu_ms: most + 1 } };
  assertProblem(await user.client.post('/executions', c('', more)), 422, 'compile_limits.cpu_ms');
});

test('files are given back: regular ones, that were asked for', async () => {
  const code = `import os
open('a.txt', 'w').write('é')
open('b.bin', 'wb').write(bytes([255]))
open('quiet', 'w').close()
os.symlink('/etc/passwd', 'link')
os.mkfifo('fifo')`;
  const output_files = ['a.txt', 'b.bin', 'absent', 'link', 'fifo'];
  const result = await user.client.run(python(code, { output_files }));
  const files = result.files.sort((one, other) => (one.path < other.path ? -1 : 1));
  assert.deepEqual(files, [
    { path: 'a.txt', content: 'é' },
    { path: 'b.bin', content: '/w==', encoding: 'base64' },
  ]);
  assert.match(result.message, /link/);
  assert.doesNotMatch(JSON.stringify(result), /root:/);
});

test('every field has its bounds', async () => {
  const one = (fields) => python('', { tests: [{}, fields] });
  const rows = [
    [python('', { tests: {} }), 'tests'],
    [python('', { tests: [[]] }), 'tests[0]'],
    [one({ stdin: 5 }), 'tests[1].stdin'],
    [one({ stdin: '***', stdin_encoding: 'base64' }), 'tests[1].stdin'],
    [one({ stdin: 'x'.repeat(MIB + 1) }), 'tests[1].stdin'],
    [one({ expected_stdout: 5 }), 'tests[1].expected_stdout'],
    [one({ args: 'x' }), 'tests[1].args'],
    [one({ args: ['\u0000'] }), 'tests[1].args[0]'],
    [one({ checker: 'magic' }), 'tests[1].checker'],
    [one({ checker: 'float', tolerance: -1 }), 'tests[1].tolerance'],
    [one({ checker: 'float', tolerance: 1e300 }), 'tests[1].tolerance'],
    [one({ checker: 'float', tolerance: 'much' }), 'tests[1].tolerance'],
    [one({ tolerance: 0.1 }), 'tests[1].tolerance'],
    [one({ nonsense: 1 }), 'tests[1].nonsense'],
    [python('', { tests: [{}], stdin: '' }), 'stdin'],
    [python('', { tests: Array.from({ length: 5 }, () => ({ stdin: 'x'.repeat(MIB) })) }), 'tests'],
    [python('', { tests: [{}], output_files: ['a'] }), 'output_files'],
    [python('', { stop_at_first_failure: 1 }), 'stop_at_first_failure'],
    [python('', { compile_options: '-g' }), 'compile_options'],
    [python('', { compile_options: ['-g'] }), 'compile_options[0]'],
    [python('', { compile_options: Array.from({ length: 33 }, () => '-g') }), 'compile_options'],
    [python('', { compile_limits: { cpu_ms: 5 } }), 'compile_limits'],
    [c('', { compile_limits: { cpu_ms: 0 } }), 'compile_limits.cpu_ms'],
    [c('', { compile_limits: { wall_ms: -1 } }), 'compile_limits.wall_ms'],
    [c('', { compile_limits: [] }), 'compile_limits'],
    [python('', { output_files: ['../a'] }), 'output_files[0]'],
    [python('', { output_files: ['a', '/etc/passwd'] }), 'output_files[1]'],
    [python('', { output_files: ['a', 'a'] }), 'output_files[1]'],
    [python('', { output_files: Array.from({ length: 21 }, (_, n) => `${n}`) }), 'output_files'],
    [python('', { priority: 'urgent' }), 'priority'],
    [python('', { priority: 'interactive' }), 'priority'],
    [python('', { callback_url: 5 }), 'callback_url'],
    [python('', { callback_url: '' }), 'callback_url'],
    [python('', { callback_url: `https://example.org/${'x'.repeat(2048)}` }), 'callback_url'],
  ];
  for (const [request, field] of rows) assertProblem(await user.client.post('/executions', request), 422, field);
});
