// What people run, and how each kind is to end.

import assert from 'node:assert/strict';

import { Attachment } from '../lib/attach.mjs';

const MIB = 1024 * 1024;
/** Longest that a run may take from request to result before the soak gives up, in ms. */
const DEADLINE = 120_000;

const hello = {
  python: (n) => `print("hello", ${n % 50}, input())`,
  javascript: (n) => `console.log("hello", ${n % 50}, require("fs").readFileSync(0, "utf8").trim())`,
  c: (n) => `#include <stdio.h>\nint main(void) { char s[9]; scanf("%8s", s); printf("hello ${n % 50} %s\\n", s); }`,
  bash: (n) => `read -r name; echo "hello ${n % 50} $name"`,
  perl: (n) => `my $name = <STDIN>; print "hello ${n % 50} $name";`,
  lua: (n) => `print("hello ${n % 50} " .. io.read("l"))`,
};

const greets = (language) => async (runner, n) => {
  const result = await runner.run({ language, code: hello[language](n), stdin: 'Ada\n' });
  assert.equal(result.outcome, 'ok', JSON.stringify(result));
  assert.equal(result.run.stdout, `hello ${n % 50} Ada\n`);
};

const ends = (outcome, request) => async (runner, n) => {
  const result = await runner.run(request(n));
  assert.equal(result.outcome, outcome, JSON.stringify(result).slice(0, 2000));
};

async function cancelled(runner, n) {
  const head = await runner.submit({ language: 'python', code: `import time\nprint(${n})\ntime.sleep(600)` });
  // At another moment each time: while it waits, is claimed, starts, runs.
  await new Promise((resolve) => setTimeout(resolve, (n * 7) % 90));
  let execution;
  for (const end = Date.now() + DEADLINE; Date.now() < end; ) {
    await runner.cancel(head.id);
    execution = await runner.execution(head.id);
    if (execution.status === 'finished') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(execution.outcome, 'cancelled', JSON.stringify(execution));
}

async function judged(runner, n) {
  const tests = [
    { stdin: '2', expected_stdout: '4\n' },
    { stdin: '3', expected_stdout: '9\n' },
    { stdin: String(n), expected_stdout: 'wrong\n' },
  ];
  const result = await runner.run({ language: 'python', code: 'print(int(input()) ** 2)', tests });
  const verdicts = result.tests.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ['accepted', 'accepted', 'wrong_answer'], JSON.stringify(result));
}

async function talkedWith(runner, n) {
  const code = 'import sys\nfor line in sys.stdin: print("heard", line.strip(), flush=True)';
  const head = await runner.submit({ language: 'python', code, interactive: true, ...(n % 2 && { pty: SIZE }) });
  const attachment = await Attachment.open(runner.server, head.id, runner.token);
  attachment.type(`line ${n}\n`);
  await attachment.untilItSays(`heard line ${n}`);
  attachment.send({ type: 'stdin_end' });
  const result = await attachment.result(DEADLINE);
  await attachment.end();
  assert.equal(result.outcome, 'ok', JSON.stringify(result));
}
const SIZE = { cols: 80, rows: 24 };

/** Each kind with its share of all runs, and how to do one. */
export const MIX = {
  python: [18, greets('python')],
  c: [12, greets('c')],
  bash: [10, greets('bash')],
  perl: [5, greets('perl')],
  lua: [5, greets('lua')],
  javascript: [5, greets('javascript')],
  'runtime error': [6, ends('runtime_error', () => ({ language: 'python', code: 'raise SystemExit(3)' }))],
  'compile error': [5, ends('compile_error', (n) => ({ language: 'c', code: `int main(void) { return x${n}; }` }))],
  'cpu limit': [4, ends('cpu_limit', () => ({ language: 'python', code: 'while True: pass', limits: { cpu_ms: 100 } }))],
  'wall limit': [4, ends('wall_limit', () => ({ language: 'bash', code: 'sleep 60', limits: { wall_ms: 100 } }))],
  'memory limit': [
    4,
    ends('memory_limit', () => ({
      language: 'perl',
      code: 'my @all; push @all, "x" x (1 << 20) while 1;',
      limits: { memory_bytes: 32 * MIB },
    })),
  ],
  'output limit': [
    4,
    ends('output_limit', () => ({ language: 'bash', code: 'while :; do echo flood; done', limits: { output_bytes: 10_000 } })),
  ],
  signal: [4, ends('signalled', () => ({ language: 'bash', code: 'sleep 60 & kill -KILL $$' }))],
  cancelled: [6, cancelled],
  tests: [4, judged],
  interactive: [4, talkedWith],
};

/** The kind of the run with this number: the same every time, each with its share, well mixed. */
export function kindOf(n) {
  const kinds = Object.entries(MIX);
  const all = kinds.reduce((sum, [, [share]]) => sum + share, 0);
  // A step that has no divisor in common with the sum visits every place once.
  let place = (n * 37) % all;
  for (const [kind, [share]] of kinds) {
    if (place < share) return kind;
    place -= share;
  }
  throw new Error('the shares add up to their sum');
}
