// Programs that mean harm: they get nothing of the host, and the next run is as good as the one before.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { readdirSync, readFileSync } from 'node:fs';

import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const MIB = 1024 * 1024;
let server;
let user;

before(async () => {
  server = await Server.start();
  user = await newUser(server, 'mallory');
});
after(() => server.stop());
afterEach(async () => {
  assert.ok(server.alive);
  const result = await user.client.run({ language: 'python', code: 'print("well")' });
  assert.equal(result.run?.stdout, 'well\n', JSON.stringify(result));
});

const python = (code, more = {}) => user.client.run({ language: 'python', code, ...more });

/** Tries each line by itself and prints, as JSON, what it gave or which error it was. */
async function attempts(lines) {
  const code = [
    'import json, os, socket, subprocess, ctypes, glob',
    'results = {}',
    'def attempt(name, action):',
    '    try:',
    '        results[name] = repr(action())[:200]',
    '    except BaseException as error:',
    '        results[name] = "refused: " + type(error).__name__ + " " + str(error)',
    ...Object.entries(lines).map(([name, line]) => `attempt(${JSON.stringify(name)}, lambda: ${line})`),
    'print(json.dumps(results))',
  ].join('\n');
  const { run } = await python(code);
  return JSON.parse(run.stdout);
}

async function refused(lines) {
  for (const [name, result] of Object.entries(await attempts(lines))) {
    assert.match(result, /^refused: /, `${name}: ${result}`);
  }
}

test('there is no network, not even to the server itself', async () => {
  const port = Number(new URL(server.url).port);
  await refused({
    'the server': `socket.create_connection(("127.0.0.1", ${port}), 1)`,
    'the outside': 'socket.create_connection(("1.1.1.1", 53), 1)',
    'a name': 'socket.getaddrinfo("example.org", 80)',
    'over IPv6': `socket.create_connection(("::1", ${port}), 1)`,
    'a datagram': 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("1.1.1.1", 53))',
    'raw packets': 'socket.socket(socket.AF_PACKET, socket.SOCK_RAW)',
  });
});

test('files of the host cannot be read', async () => {
  await refused({
    'password hashes': 'open("/etc/shadow").read()',
    'root’s home': 'os.listdir("/root")',
    'people’s homes': 'glob.glob("/home/*/*")[0]',
    'the server’s data': `os.listdir(${JSON.stringify(server.dataDir)})`,
    'through /proc': 'open("/proc/1/root/etc/shadow").read()',
    'through links': 'os.symlink("/etc/shadow", "link") or open("link").read()',
    'through ..': 'open("../../../../../../etc/shadow").read()',
    'the host’s disks': 'open("/dev/sda", "rb").read(1)',
    'kernel memory': 'open("/proc/kcore", "rb").read(1)',
    'kernel log': 'open("/dev/kmsg").read(1)',
    'control groups': 'os.listdir("/sys/fs/cgroup")',
    'the container engine': 'open("/var/run/docker.sock")',
  });
});

test('nothing of the system can be changed', async () => {
  await refused({
    'a program': 'open("/usr/bin/evil", "w")',
    'the toolchain': 'open(os.__file__, "a")',
    settings: 'open("/etc/evil", "w")',
    'kernel settings': 'open("/proc/sys/kernel/core_pattern", "w").write("x")',
    'a mount': 'subprocess.check_output(["mount", "-t", "tmpfs", "x", "/mnt"], stderr=subprocess.STDOUT)',
    'the host name': 'socket.sethostname("evil")',
    'becoming root': 'os.setuid(0) or (open("/etc/shadow"))',
    'a device': 'os.mknod("disk", 0o60600, os.makedev(8, 0))',
    'a chroot': 'os.chroot("/")',
    'the clock': 'subprocess.check_output(["date", "-s", "2001-01-01"], stderr=subprocess.STDOUT)',
  });
});

test('only its own processes can be seen', async () => {
  const { pids } = await attempts({ pids: 'len([name for name in os.listdir("/proc") if name.isdigit()])' });
  assert.ok(pids.startsWith('refused') || Number(pids) < 8, pids);
});

describe('a program that takes all it can', () => {
  test('forks without end', async () => {
    const result = await python('import os\nwhile True:\n    try: os.fork()\n    except OSError: pass', {
      limits: { wall_ms: 1_500 },
    });
    assert.ok(['wall_limit', 'cpu_limit', 'memory_limit'].includes(result.outcome), result.outcome);
  });

  test('starts threads without end', async () => {
    const code = 'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()';
    const result = await python(code, { limits: { wall_ms: 2_000 } });
    assert.notEqual(result.outcome, 'internal_error');
    assert.notEqual(result.outcome, 'ok');
  });

  test('takes memory in many processes', async () => {
    const code = 'import os\nfor _ in range(4): os.fork()\nkept = []\nwhile True: kept.append(bytearray(1 << 20))';
    const result = await python(code, { limits: { memory_bytes: 64 * MIB, wall_ms: 8_000 } });
    assert.equal(result.outcome, 'memory_limit');
  });

  test('takes shared memory and temporary files', async () => {
    for (const path of ['/dev/shm/x', '/tmp/x', 'x']) {
      const code = `with open(${JSON.stringify(path)}, "wb") as out:\n    while True: out.write(bytes(1 << 20))`;
      const result = await python(code, { limits: { wall_ms: 10_000 } });
      assert.notEqual(result.outcome, 'ok', path);
      assert.notEqual(result.outcome, 'internal_error', path);
    }
  });

  test('floods the output', async () => {
    const code = 'import os\nblock = b"x" * (1 << 20)\nwhile True: os.write(1, block); os.write(2, block)';
    const result = await python(code);
    assert.equal(result.outcome, 'output_limit');
    assert.ok(result.run.stdout.length + result.run.stderr.length <= MIB);
  });

  test('makes files without end', async () => {
    const code = 'import os\ni = 0\nwhile True:\n    os.mkdir(f"d{i}")\n    open(f"f{i}", "w").close()\n    i += 1';
    const result = await python(code, { limits: { wall_ms: 5_000, cpu_ms: 4_000 } });
    assert.notEqual(result.outcome, 'internal_error');
  });

  test('ignores the request to end', async () => {
    const code =
      'import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\nwhile True: time.sleep(1)';
    const result = await python(code, { limits: { wall_ms: 500 } });
    assert.equal(result.outcome, 'wall_limit');
  });
});

test('nothing of a program outlives its run', async () => {
  const mark = `survivor-${process.pid}-${Date.now()}`;
  const code = `import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "${mark}"])
    os._exit(0)
time.sleep(0.5)
print("gone")`;
  const result = await python(code);
  assert.equal(result.run.stdout, 'gone\n');
  await until(() => !running(mark), 'no process of the run is left', 3_000);
});

/** Whether a process of this machine has `mark` among its arguments. */
function running(mark) {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

test('files of one run are not there in the next', async () => {
  await python('for p in ("left", "/tmp/left", "/dev/shm/left"): open(p, "w").write("x")');
  await refused({ here: 'open("left")', temporary: 'open("/tmp/left")', shared: 'open("/dev/shm/left")' });
});

describe('a compiler gives nothing of the host away', () => {
  const c = (code) => user.client.run({ language: 'c', code });

  test('by including files', async () => {
    for (const path of ['/etc/shadow', '/root/.bashrc', '/proc/1/environ']) {
      const result = await c(`#include "${path}"\nint main(void) { return 0; }`);
      // A file of /proc that shows as empty is as good as none.
      if (!path.startsWith('/proc')) assert.equal(result.outcome, 'compile_error', path);
      assert.doesNotMatch(result.compile.stderr, /root:|PATH=|CODECRAFTER/);
    }
  });

  test('by embedding files', async () => {
    const code = '__asm__(".section .rodata\\nsecret: .incbin \\"/etc/shadow\\"\\n");\nint main(void) { return 0; }';
    assert.equal((await c(code)).outcome, 'compile_error');
  });

  test('and does not go on for ever', async () => {
    const result = await c('#include "/dev/zero"\nint main(void) { return 0; }');
    assert.ok(result.outcome !== 'ok' && result.outcome !== 'internal_error', result.outcome);
  });
});
