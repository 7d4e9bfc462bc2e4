// A session's files as a zip.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { after, before, test } from 'node:test';

import { cast } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { StockClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';

let server;
let people;
let folder;

before(async () => {
  server = await Server.start();
  people = await cast(server);
  folder = mkdtempSync(path(tmpdir(), 'codecrafter-archive-'));
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
  return server.stop();
});

/** Downloads and unpacks: content by path. Python's reader checks the sums, too. */
async function unpacked(session, client = people.owner.client) {
  const response = await fetch(`${server.url}/api/v1/sessions/${session.id}/archive`, {
    headers: { authorization: `Bearer ${client.token}` },
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/zip');
  assert.match(response.headers.get('content-disposition'), /^attachment; filename="session-[0-9a-f-]+\.zip"$/);
  const file = path(folder, `${session.id}.zip`);
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  const program = [
    'import json, sys, zipfile',
    'archive = zipfile.ZipFile(sys.argv[1])',
    'assert archive.testzip() is None',
    'print(json.dumps({name: archive.read(name).decode() for name in archive.namelist()}))',
  ];
  return JSON.parse(execFileSync('python3', ['-c', program.join('\n'), file], { encoding: 'utf8' }));
}

test('holds all files as they are now', async () => {
  const files = [
    { path: 'main.py', content: 'print(1)\n' },
    { path: 'données/été.txt', content: '🙂 日本\n' },
    { path: 'empty.txt', content: '' },
  ];
  const session = await people.owner.client.session({ files });
  assert.deepEqual(await unpacked(session), Object.fromEntries(files.map(({ path, content }) => [path, content])));

  const client = await StockClient.open(server, session.id, people.owner.token);
  client.text().insert(0, '# new\n');
  await until(async () => (await unpacked(session))['main.py'] === '# new\nprint(1)\n', 'the edit is in it');
  client.destroy();
});

test('has no path that leads out of where it is unpacked', async () => {
  const session = await people.owner.client.session({ files: [{ path: 'main.py', content: 'mine' }] });
  const client = await StockClient.open(server, session.id, people.owner.token);
  const [file] = client.files.values();
  for (const hostile of ['../../etc/passwd', '/etc/passwd', 'C:\\x', 'a/../../b', 'main.py\0.txt']) {
    file.set('path', hostile);
    await until(async () => Object.keys(await unpacked(session)).length === 0, `${hostile} is left out`);
    file.set('path', 'main.py');
    await until(async () => (await unpacked(session))['main.py'] === 'mine', 'it is back');
  }
  client.destroy();
});
