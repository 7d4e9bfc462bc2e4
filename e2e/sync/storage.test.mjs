// The database's disk is full, or somebody else holds it: nobody is told that an edit is saved, all go on, and it heals.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Provider } from '../lib/hocuspocus.mjs';
import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

/** Enough for a new database and its log, and little enough to be filled at once. */
const DISK = '48m';

const asRoot = (...command) => {
  const [first, ...rest] = process.getuid() === 0 ? command : ['sudo', '-n', ...command];
  execFileSync(first, rest);
};

let disk;
let server;
let user;

before(async () => {
  disk = mkdtempSync(join(tmpdir(), 'codecrafter-disk-'));
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${DISK},mode=0700,uid=${process.getuid()}`, 'tmpfs', disk);
  server = await Server.start({}, disk);
  user = await newUser(server, 'writer');
});
after(async () => {
  await server.interrupt();
  asRoot('umount', disk);
  rmSync(disk, { recursive: true, force: true });
});

/** Two people in one document, each with the clients of another ecosystem. */
async function together() {
  const session = await user.client.session({ files: [{ path: 'main.py', content: '' }] });
  const one = await Provider.open(server, session.id, user.token);
  const other = await StockClient.open(server, session.id, user.token);
  one.text().insert(0, 'before ');
  await one.saved();
  return { session, one, other };
}

/** Runs a statement in the server's database, from outside. */
const inDatabase = (statement) => {
  const program = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()';
  execFileSync('python3', ['-c', program, join(disk, 'codecrafter.db'), statement]);
};

/** Takes all the space that is left, also within the log's file; gives what gives it back. */
function fill() {
  inDatabase('PRAGMA wal_checkpoint(TRUNCATE)');
  const path = join(disk, 'filler');
  const file = openSync(path, 'w');
  try {
    for (let size = 1 << 20; size >= 512; size >>= 1) fillBy(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
  return () => rmSync(path);
}

function fillBy(file, block) {
  try {
    for (;;) if (writeSync(file, block) < block.length) return;
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}

/** Types until an edit is not acknowledged any more: the log's file has some room left within. */
async function typeUntilUnsaved(client) {
  for (let round = 0; round < 60; round += 1) {
    client.text().insert(0, `${round} ${'x'.repeat(60_000)}\n`);
    const saved = await client.saved(1_000).then(
      () => true,
      () => false,
    );
    if (!saved) return;
  }
  assert.fail('the disk is full, and yet everything is said to be saved');
}

/** All is acknowledged, and it is true. */
async function heals({ session, one, other }) {
  await one.saved(60_000);
  const text = one.read();
  await until(() => other.read() === text, 'the other has it too');
  for (const client of [one, other]) client.destroy();
  await server.kill();
  await server.restart();
  const fresh = await StockClient.open(server, session.id, user.token);
  assert.equal(fresh.read(), text);
  fresh.destroy();
}

test('with a full disk edits are shared, not said to be saved, and stored once there is room', async () => {
  const people = await together();
  const { one, other } = people;
  const free = fill();
  try {
    await typeUntilUnsaved(one);
    one.text().insert(0, 'while it is full ');
    await until(() => other.read() === one.read(), 'the other sees it at once');
    other.text().insert(0, 'both ');
    await until(() => one.read().startsWith('both while it is full '), 'and answers');
    assert.ok(one.provider.hasUnsyncedChanges);
  } finally {
    free();
  }
  await heals(people);
});

test('with a locked database likewise', async () => {
  const people = await together();
  const { one, other } = people;
  const program = [
    'import sqlite3, sys',
    'database = sqlite3.connect(sys.argv[1], isolation_level=None)',
    'database.execute("BEGIN IMMEDIATE")',
    'print("locked", flush=True)',
    'sys.stdin.read()',
  ];
  const holder = spawn('python3', ['-c', program.join('\n'), join(disk, 'codecrafter.db')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    await once(holder.stdout, 'data');
    const statuses = one.statuses.length;
    one.text().insert(0, 'while it is locked ');
    await until(() => other.read() === one.read(), 'the other sees it at once');
    // Longer than a batch takes otherwise.
    for (let look = 0; look < 40; look += 1) {
      assert.ok(one.provider.hasUnsyncedChanges);
      assert.equal(one.statuses.length, statuses);
      await moment();
    }
  } finally {
    const ended = once(holder, 'exit');
    holder.stdin.end();
    await ended;
  }
  await heals(people);
});
