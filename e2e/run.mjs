// Runs one folder's tests: `node run.mjs FOLDER [NAME...] [--option...]`. A name picks the files that
// hold it, options go to Node's test runner: `node run.mjs sync roles --test-name-pattern=promotion`.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const [folder, ...rest] = process.argv.slice(2);
const options = rest.filter((arg) => arg.startsWith('--'));
const names = rest.filter((arg) => !arg.startsWith('--'));

const files = readdirSync(new URL(folder, import.meta.url))
  .filter((file) => file.endsWith('.test.mjs'))
  .map((file) => `${folder}/${file}`)
  .filter((file) => names.length === 0 || names.some((name) => file.includes(name)))
  .sort();
if (files.length === 0) {
  console.error(`no test file in ${folder}/ is named ${names.join(' or ')}`);
  process.exit(1);
}
const defaults = [
  '--test',
  '--test-reporter=spec',
  // Two at a time: some tests mostly wait, and every file has a server of its own.
  '--test-concurrency=2',
  // A test that fails leaves connections open, which must not keep its process.
  '--test-force-exit',
  '--test-timeout=900000',
];
const args = [...defaults, ...options, ...files];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', cwd: import.meta.dirname });
process.exit(status ?? 1);
