// node bench/scale/measure.mjs [--quick] [stores | engines | nodes ...]: prints tables, as script/bench scale starts it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { edits, median, runs } from './loads.mjs';
import { engine, home, Stack } from './stack.mjs';

const isQuick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
/** How long each load lasts, in s, and how often each comparison is made. */
const SECONDS = isQuick ? 2 : 4;
const ROUNDS = isQuick ? 1 : 3;
/** What each engine takes the place of. */
const ENGINES = ['postgres', 'mongodb', 'redis', 'rabbitmq', 'docker'];

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
function head(...titles) {
  console.log();
  row(...titles);
  row(...titles.map(() => '---'));
}

/** Operations of the store's port, by one task and by sixteen. */
async function stores() {
  const folder = home();
  const postgres = await engine('postgres', folder);
  const mongodb = await engine('mongodb', folder);
  const kinds = { sqlite: `sqlite:${join(folder, 'data.db')}`, postgres: postgres.url, mongodb: mongodb.url };
  const found = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [kind, url] of Object.entries(kinds)) (found[kind] ??= []).push(await storeRates(url));
  }
  head('operations/s, alone / 16 at once', 'sqlite', 'postgres', 'mongodb');
  for (const operation of Object.keys(found.sqlite[0])) {
    const rate = (kind, which) => median(found[kind].map((round) => round[operation][which]));
    const cell = (kind) => {
      const ratio = (which) => (rate(kind, which) / rate('sqlite', which)).toFixed(2);
      const ratios = kind === 'sqlite' ? '' : ` (× ${ratio(0)} / × ${ratio(1)})`;
      return `${number(rate(kind, 0))} / ${number(rate(kind, 1))}${ratios}`;
    };
    row(operation, ...Object.keys(kinds).map(cell));
  }
  for (const each of [postgres, mongodb]) await each.end(each.gentle);
  rmSync(folder, { recursive: true, force: true });
}

async function storeRates(url) {
  const child = spawn(process.env.STORE_OPS, [url], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (text) => (out += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`store_ops ${url}: ${code}`);
  return JSON.parse(out);
}

/** Everything that is measured of a platform. */
async function measured(engines, processes) {
  const stack = await Stack.start(engines, processes);
  try {
    return { runs: await runs(stack, SECONDS), edits: await edits(stack, SECONDS) };
  } finally {
    await stack.stop();
  }
}

const FIGURES = {
  'a run, alone': ['ms', (one) => one.runs.alone_ms],
  'runs/s, 8 at once': ['', (one) => one.runs.per_s],
  'an edit, p50': ['ms', (one) => one.edits.p50_ms],
  'an edit, p99': ['ms', (one) => one.edits.p99_ms],
  'deliveries/s': ['', (one) => one.edits.per_s],
};

/** A table of platforms, in turns, with the ratio of each to the first. */
async function compare(title, platforms) {
  const found = new Map(platforms.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, ...stack] of platforms) {
      found.get(name).push(await measured(...stack));
      process.stderr.write('.');
    }
  }
  head(title, ...Object.keys(FIGURES));
  const [first] = found.values();
  for (const [name, rounds] of found) {
    const cells = Object.values(FIGURES).map(([unit, figure]) => {
      const value = median(rounds.map(figure));
      const ratio = rounds === first ? '' : ` (× ${(value / median(first.map(figure))).toFixed(2)})`;
      return `${number(value)}${unit && ` ${unit}`}${ratio}`;
    });
    row(name, ...cells);
  }
}

const engines = () =>
  compare('one process, one engine exchanged', [['all embedded', []], ...ENGINES.map((name) => [name, [name]])]);

const nodes = () =>
  compare(
    'PostgreSQL, Redis, RabbitMQ',
    [1, 2, 4].map((count) => [`${count} API, ${count} worker`, ['postgres', 'redis', 'rabbitmq'], count]),
  );

const parts = { stores, engines, nodes };
for (const name of wanted) if (!parts[name]) throw new Error(`'${name}' is none of ${Object.keys(parts).join(' ')}`);
for (const [name, part] of Object.entries(parts)) if (wanted.length === 0 || wanted.includes(name)) await part();
process.exit(0);
