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
// Two at a time: some tests mostly wait, and every file has a server of its own.
const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...options, ...files];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', cwd: import.meta.dirname });
process.exit(status ?? 1);
