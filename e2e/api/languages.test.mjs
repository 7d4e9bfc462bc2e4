// All languages: several files, standard input, arguments, exit codes, compile errors.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { newUser } from '../lib/people.mjs';
import { ARGUMENTS, BROKEN, EXPECTED, INPUTS, PROGRAMS } from '../lib/programs.mjs';
import { Server } from '../lib/server.mjs';

const IDS = Object.keys(PROGRAMS).sort();
let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'runner');
});
after(() => server.stop());

const languages = async () => (await new Client(server).get('/languages')).expect(200).body.items;

test('all are offered to everybody, with versions, limits and a sample', async () => {
  const items = await languages();
  assert.deepEqual(items.map(({ id }) => id).sort(), IDS);
  for (const item of items) {
    assert.match(item.version, /\d/, item.id);
    assert.ok(item.name && item.source_name && item.sample, item.id);
    for (const [limit, value] of Object.entries(item.limits)) {
      assert.ok(value > 0 && value <= item.max_limits[limit], `${item.id} ${limit}`);
    }
  }
});

for (const language of IDS) {
  describe(language, () => {
    test('runs several files with standard input, arguments and an exit code', async () => {
      const result = await user.client.run({ language, files: PROGRAMS[language], ...INPUTS, ...ARGUMENTS[language] });
      assert.equal(result.run?.stdout, EXPECTED.stdout, JSON.stringify(result));
      assert.equal(result.run.stderr.trim(), EXPECTED.stderr);
      assert.equal(result.run.exit_code, EXPECTED.exit);
      assert.equal(result.exit_code, EXPECTED.exit);
      assert.equal(result.outcome, 'runtime_error');
      assert.equal(result.run.truncated, false);
      assert.ok(result.run.usage.wall_ms > 0 && result.run.usage.memory_bytes > 0);
    });

    test('runs its sample, which greets', async () => {
      const { sample } = (await languages()).find(({ id }) => id === language);
      const named = await user.client.run({ language, code: sample, stdin: 'Ada\n' });
      assert.equal(named.outcome, 'ok', JSON.stringify(named));
      assert.match(named.run.stdout, /Hello, Ada!/);
      const unnamed = await user.client.run({ language, code: sample });
      assert.match(unnamed.run.stdout, /Hello, world!/);
    });

    test('runs its templates, whose tests pass', async () => {
      const { templates } = (await languages()).find(({ id }) => id === language);
      assert.deepEqual(
        templates.slice(0, 2).map(({ id }) => id),
        ['sample', 'empty'],
      );
      for (const { id, files } of templates.filter((template) => template.id !== 'empty')) {
        const result = await user.client.run({ language, files });
        assert.equal(result.outcome, 'ok', `${id}: ${JSON.stringify(result)}`);
        assert.doesNotMatch(result.run.stdout, /FAIL/);
        if (id === 'tests') assert.match(result.run.stdout, /5 of 5 passed/);
      }
    });
  });
}

for (const [language, files] of Object.entries(BROKEN)) {
  test(`${language}: a compile error names the user's file and no other`, async () => {
    const result = await user.client.run({ language, files });
    assert.equal(result.outcome, 'compile_error', JSON.stringify(result));
    assert.equal(result.run, null);
    const said = result.compile.stdout + result.compile.stderr;
    assert.match(said, new RegExp(`${files.at(-1).path.replace('.', '\\.')}`));
    assert.notEqual(result.compile.exit_code, 0);
    assert.doesNotMatch(said, /\/(tmp|root|home|var|work)\//, 'nothing of the host');
  });
}

for (const [language, code] of Object.entries({ python: 'def broken(:\n', javascript: 'function (\n' })) {
  test(`${language}: a syntax error names the user's file`, async () => {
    const result = await user.client.run({ language, code });
    assert.equal(result.outcome, 'runtime_error');
    assert.match(result.run.stderr, /main\.(py|js)/);
  });
}

test('an alias in any case names its language', async () => {
  for (const [alias, language] of Object.entries({ py: 'python', JS: 'javascript', 'C++': 'cpp', golang: 'go' })) {
    const { body } = (await user.client.post('/executions', { language: alias, code: 'x' })).expect(202);
    assert.equal(body.language, language);
  }
});

test('the entry is the file that starts', async () => {
  const files = [
    { path: 'a.py', content: 'print("a")' },
    { path: 'b.py', content: 'print("b")' },
  ];
  assert.equal((await user.client.run({ language: 'python', files })).run.stdout, 'a\n');
  assert.equal((await user.client.run({ language: 'python', files, entry: 'b.py' })).run.stdout, 'b\n');
});

test('bytes that are no text go in and come out as base64', async () => {
  const bytes = Buffer.from([0, 255, 254, 10, 128]).toString('base64');
  const code = 'import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read() + open("data.bin", "rb").read())';
  const files = [
    { path: 'main.py', content: code },
    { path: 'data.bin', content: bytes, encoding: 'base64' },
  ];
  const { run } = await user.client.run({ language: 'python', files, stdin: bytes, stdin_encoding: 'base64' });
  assert.equal(run.stdout_encoding, 'base64');
  assert.equal(
    run.stdout,
    Buffer.concat([Buffer.from(bytes, 'base64'), Buffer.from(bytes, 'base64')]).toString('base64'),
  );
});

test('the environment is what was asked for, and nothing of the server', async () => {
  const code = 'import os, json\nprint(json.dumps(dict(os.environ)))';
  const { run } = await user.client.run({ language: 'python', code, env: { GREETING: 'hi there' } });
  const env = JSON.parse(run.stdout);
  assert.equal(env.GREETING, 'hi there');
  assert.deepEqual(
    Object.keys(env).filter((name) => /CODECRAFTER|SECRET|TOKEN|SSH|AWS|DATABASE/i.test(name)),
    [],
  );
});
