// Talking with a running program.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Attachment } from '../lib/attach.mjs';
import { EventSocket } from '../lib/events.mjs';
import { cast, join, newUser } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const ECHO = `import sys
print('ready', flush=True)
for line in sys.stdin:
    print('got', line.strip(), flush=True)
print('end')
`;
const PTY = { cols: 80, rows: 24 };

let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'typist');
});
after(() => server.stop());

const start = async (who, code, more = {}) => {
  const request = { language: 'python', code, interactive: true, ...more };
  return (await who.client.post('/executions', request)).expect(202).body;
};

/** A run of `user`, and a connection to it. */
async function attached(code, more) {
  const run = await start(user, code, more);
  const attachment = await Attachment.open(server, run.id, user.token);
  return { run, attachment };
}

describe('standard input', () => {
  test('goes both ways, line by line, to its end', async () => {
    const { run, attachment } = await attached(ECHO, { stdin: 'first\n' });
    assert.equal(run.interactive, true);
    assert.equal(run.limits.idle_ms, 300_000);
    await attachment.untilItSays('got first\n');
    attachment.type('second\n');
    await attachment.untilItSays('got second\n');
    attachment.send({ type: 'stdin', data: Buffer.from('third\n').toString('base64'), encoding: 'base64' });
    await attachment.untilItSays('got third\n');
    attachment.send({ type: 'stdin_end' });
    const execution = await attachment.result();
    assert.equal(execution.outcome, 'ok');
    assert.equal(execution.run.stdout, 'ready\ngot first\ngot second\ngot third\nend\n');
    assert.equal((await attachment.end()).code, 1000);
    assert.deepEqual([...new Set(attachment.frames.map(({ type }) => type))], ['status', 'stdout', 'result']);
  });

  test('keeps its order however fast it comes', async () => {
    const { attachment } = await attached(ECHO);
    for (let n = 0; n < 500; n += 1) attachment.type(`${n}\n`);
    attachment.send({ type: 'stdin_end' });
    const { run } = await attachment.result();
    const lines = Array.from({ length: 500 }, (_, n) => `got ${n}\n`).join('');
    assert.equal(run.stdout, `ready\n${lines}end\n`);
  });

  test('sent while it compiles waits for it', async () => {
    const code = '#include <stdio.h>\nint main(void) { int n = 0; scanf("%d", &n); printf("%d\\n", n + 1); }';
    const { attachment } = await attached(code, { language: 'c' });
    attachment.type('41\n');
    const { run } = await attachment.result(60_000);
    assert.equal(run.stdout, '42\n');
  });

  test('is not taken by a run that is not interactive', async () => {
    const { attachment } = await attached('import time\ntime.sleep(60)', { interactive: false });
    attachment.type('x\n');
    await until(() => attachment.of('error').length === 1, 'it is told');
    assert.match(attachment.of('error')[0].detail, /interactive/);
    attachment.destroy();
  });

  test('that stops coming ends the run, which says why', async () => {
    const { attachment } = await attached(ECHO, { limits: { idle_ms: 300 } });
    const execution = await attachment.result();
    assert.equal(execution.outcome, 'wall_limit');
    assert.match(execution.message, /idle/);
  });
});

describe('signals', () => {
  test('reach the program', async () => {
    const code = `import os, signal
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b'usr1\\n'))
print('ready', flush=True)
while True: signal.pause()`;
    const { attachment } = await attached(code);
    await attachment.untilItSays('ready');
    attachment.send({ type: 'signal', signal: 'SIGUSR1' });
    await attachment.untilItSays('usr1\n');
    attachment.send({ type: 'signal', signal: 'TERM' });
    const execution = await attachment.result();
    assert.equal(execution.outcome, 'signalled');
    assert.equal(execution.run.signal, 'SIGTERM');
  });
});

describe('a terminal', () => {
  test('is one: it echoes, edits and interrupts', async () => {
    const code = "import os\nprint(os.isatty(0), os.isatty(1))\nprint('hello', input('name? '))\ninput()";
    const { run, attachment } = await attached(code, { pty: PTY, interactive: undefined });
    assert.deepEqual([run.interactive, run.pty], [true, PTY]);
    await attachment.untilItSays('True True\r\nname? ');
    attachment.type('Adam\x7fa\r');
    await attachment.untilItSays('\r\nhello Adaa\r\n');
    attachment.type('\x03');
    const { outcome } = await attachment.result();
    assert.equal(outcome, 'signalled');
    assert.deepEqual((await user.client.get(`/executions/${run.id}`)).expect(200).body.pty, PTY);
  });

  test('tells the program its size', async () => {
    const code = `import os, signal
show = lambda *_: os.write(1, b'%d x %d\\n' % os.get_terminal_size())
signal.signal(signal.SIGWINCH, show)
show()
while True: signal.pause()`;
    const { attachment } = await attached(code, { pty: PTY });
    await attachment.untilItSays('80 x 24\r\n');
    attachment.send({ type: 'resize', cols: 132, rows: 50 });
    await attachment.untilItSays('132 x 50\r\n');
    attachment.destroy();
  });

  test('has bounds', async () => {
    const request = { language: 'python', code: '1' };
    for (const [pty, field] of [
      [{ cols: 0, rows: 24 }, 'pty.cols'],
      [{ cols: 80, rows: 301 }, 'pty.rows'],
    ]) {
      assertProblem(await user.client.post('/executions', { ...request, pty }), 422, field);
    }
    assertProblem(
      await user.client.post('/executions', { ...request, limits: { idle_ms: 500 } }),
      422,
      'limits.idle_ms',
    );
    assertProblem(await user.client.post('/executions', { ...request, pty: [80, 24] }), [400, 422]);
  });
});

describe('several connections', () => {
  test('see the same, and either may type', async () => {
    const { owner, editor, session } = await cast(server);
    const events = await EventSocket.open(server, session.id, owner.token);
    const run = await start(owner, ECHO, { session_id: session.id });
    const [one, two] = await Promise.all([owner, editor].map(({ token }) => Attachment.open(server, run.id, token)));
    one.type('from one\n');
    await two.untilItSays('got from one\n');
    two.type('from two\n');
    await one.untilItSays('got from two\n');
    two.send({ type: 'stdin_end' });
    await Promise.all([one.result(), two.result()]);
    assert.equal(one.output, two.output);
    await events.next('execution.finished', ({ execution }) => execution.id === run.id);
    assert.equal(events.output(run.id), one.output);
    events.destroy();
  });

  test('go on from where they were', async () => {
    const { run, attachment } = await attached(ECHO);
    attachment.type('one\n');
    await attachment.untilItSays('got one\n');
    const { seq } = attachment.frames.at(-1);
    attachment.destroy();
    const again = await Attachment.open(server, run.id, user.token, seq);
    again.type('two\n');
    await again.untilItSays('got two\n');
    assert.equal(again.output, 'got two\n');
    again.send({ type: 'stdin_end' });
    await again.result();
    const late = await Attachment.open(server, run.id, user.token);
    assert.equal((await late.end()).code, 1000);
    assert.equal(late.output, 'ready\ngot one\ngot two\nend\n');
    const atTheEnd = await Attachment.open(server, run.id, user.token, late.frames.at(-2).seq);
    assert.equal((await atTheEnd.end()).code, 1000);
    assert.deepEqual(
      atTheEnd.frames.map(({ type }) => type),
      ['result'],
    );
  });
});

describe('rights', () => {
  test('a viewer watches and is refused when typing, until promoted', async () => {
    const { owner, viewer, session } = await cast(server);
    const run = await start(owner, ECHO, { session_id: session.id });
    const attachment = await Attachment.open(server, run.id, viewer.token);
    await attachment.untilItSays('ready\n');
    attachment.type('no\n');
    await until(() => attachment.of('error').length === 1, 'the viewer is refused');
    assert.equal(attachment.output, 'ready\n');
    await join(owner, session, viewer, 'editor');
    await until(() => {
      attachment.type('yes\n');
      return attachment.output.includes('got yes\n');
    }, 'the editor types');
    await join(owner, session, viewer, 'viewer');
    await until(
      () => {
        const before = attachment.of('error').length;
        attachment.type('no\n');
        return before > 1;
      },
      'the viewer is refused again',
      2_000,
    );
    assert.ok(!attachment.output.includes('got no'));
    (await owner.client.delete(`/sessions/${session.id}/participants/${viewer.id}`)).expect(204);
    assert.equal((await attachment.end(2_000)).code, 4403);
  });

  test('whoever may not read it is told that there is none', async () => {
    const { owner, stranger, session } = await cast(server);
    const run = await start(owner, ECHO, { session_id: session.id });
    const own = await start(owner, ECHO);
    for (const id of [run.id, own.id, 'nonsense', '01890a5d-ac96-774b-bcce-b302099a8057']) {
      assert.equal((await (await Attachment.open(server, id, stranger.token)).end()).code, 4404);
    }
    for (const token of [null, 'nonsense']) {
      assert.equal((await (await Attachment.open(server, run.id, token)).end()).code, 4401);
    }
  });

  test('end with the login', async () => {
    const leaver = await newUser(server, 'leaver');
    const run = await start(leaver, ECHO);
    const attachment = await Attachment.open(server, run.id, leaver.token);
    await attachment.untilItSays('ready\n');
    (await leaver.client.post('/auth/logout', { refresh_token: leaver.refreshToken })).expect(204);
    assert.equal((await attachment.end(3_000)).code, 4401);
  });
});

describe('frames that make no sense', () => {
  for (const [what, frame, code] of [
    ['no JSON', '{', 4400],
    ['another type', { type: 'cancel' }, 4400],
    ['a list', ['stdin_end'], 4400],
    ['no data', { type: 'stdin' }, 4400],
    ['wrong base64', { type: 'stdin', data: '?', encoding: 'base64' }, 4400],
    ['one field too many', { type: 'stdin_end', data: 'x' }, 4400],
    ['a signal that is not for sending', { type: 'signal', signal: 'SIGSTOP' }, 4400],
    ['a size out of bounds', { type: 'resize', cols: 501, rows: 24 }, 4400],
    ['binary', new Uint8Array([1, 2, 3]), 4400],
    ['too much', { type: 'stdin', data: 'x'.repeat(64 * 1024) }, 4413],
  ]) {
    test(`${what}: closed with ${code}, and the run goes on`, async () => {
      const { run, attachment } = await attached(ECHO);
      await attachment.untilItSays('ready');
      attachment.send(frame);
      const { code: closed, reason } = await attachment.end();
      assert.equal(closed, code);
      assert.ok(reason.length > 10, reason);
      const again = await Attachment.open(server, run.id, user.token);
      again.send({ type: 'stdin_end' });
      assert.equal((await again.result()).outcome, 'ok');
    });
  }

  test('a resize without a terminal is refused, and the connection stays', async () => {
    const { attachment } = await attached(ECHO);
    attachment.send({ type: 'resize', cols: 100, rows: 30 });
    await until(() => attachment.of('error').length === 1, 'it is refused');
    attachment.send({ type: 'stdin_end' });
    assert.equal((await attachment.result()).outcome, 'ok');
  });
});

test('a flood into a program that does not read leaves it stoppable', async () => {
  const { run, attachment } = await attached("import time\nprint('ready', flush=True)\ntime.sleep(600)");
  await attachment.untilItSays('ready');
  for (let n = 0; n < 200; n += 1) attachment.type('x'.repeat(60_000));
  (await user.client.delete(`/executions/${run.id}`)).expect(204);
  assert.equal((await attachment.result()).outcome, 'cancelled');
});

test('a connection that reads nothing neither stops the program nor loses its end', async () => {
  const code = "import sys\nfor n in range(40): sys.stdout.write('x' * 100_000)\nprint('end')";
  const run = await start(user, code, { limits: { output_bytes: 8 * 1024 * 1024 } });
  const attachment = await Attachment.open(server, run.id, user.token);
  attachment.socket.pause();
  await until(
    async () => (await user.client.get(`/executions/${run.id}`)).body.status === 'finished',
    'it ends',
    20_000,
  );
  attachment.socket.resume();
  assert.equal((await attachment.result()).run.stdout.length, 4_000_004);
});
