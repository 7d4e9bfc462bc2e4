// Thousands of runs of all kinds, and whether anything stays behind: node soak/run.mjs [RUNS]

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { MIX, kindOf } from './mix.mjs';
import { Runner } from './runner.mjs';
import { sample } from './sample.mjs';

/** Runs at a time: enough to keep two slots busy and a queue behind them. */
const AT_ONCE = 6;
/** Moments at which the server is left alone and looked at. */
const ROUNDS = 20;
/** Those at the beginning, in which caches fill and the allocator finds its size. */
const WARM_UP = 6;
/** How long the server may take until it holds as little as it will, in ms; jails are replaced a little later. */
const QUIET = 20_000;

/**
 * How much more may be there at the end than after the warm-up. Counts do not grow at all, but that a look may fall into
 * the making of a jail.
 */
const BOUNDS = { fds: 4, threads: 4, processes: 4, mounts: 0, cgroups: 6, temporary: 64, shm: 64 };
/** Memory may grow by what a run leaves in caches and in the allocator, in KiB… */
const RSS_KIB_PER_RUN = 0.5;
/** …and by the logs of runs, which watchers may replay for this long (ms) after the end, in KiB each. */
const LOG_KEPT = 5 * 60_000;
const LOG_KIB = 8;
/** Requests and results are kept: what a run adds to the database, in KiB. */
const DATABASE_KIB_PER_RUN = 16;

const total = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(total) || total < 200) throw new Error('RUNS must be a whole number from 200 on');

const cgroup = `codecrafter-soak-${process.pid}`;
const temporary = join(process.env.SOAK_TMPDIR, 'tmp');
mkdirSync(temporary, { recursive: true });
const server = await Server.start({ CODECRAFTER_SANDBOX: `native:?cgroup=${cgroup}`, TMPDIR: temporary });
const counts = Object.fromEntries(Object.keys(MIX).map((kind) => [kind, 0]));
const samples = [];
/** When each was taken. */
const times = [];
const begun = Date.now();

console.log(`${total} runs, ${AT_ONCE} at a time\n`);
for (let round = 0; round < ROUNDS; round += 1) {
  const [from, to] = [round, round + 1].map((edge) => Math.round((edge * total) / ROUNDS));
  await runAll(from, to);
  const taken = await quiet();
  times.push(Date.now());
  samples.push({ runs: to, ...taken });
  print(samples.at(-1), round === 0);
}
const seconds = (Date.now() - begun) / 1000;
await server.stop();

console.log(`\n${Math.round(total / seconds)} runs/s; ${kinds()}`);
const grown = growth();
if (grown.length > 0) {
  console.error(`not stable: ${grown.join('; ')}`);
  process.exitCode = 1;
} else {
  console.log('stable: nothing grew beyond its bound after the warm-up');
}

/** Runs those with numbers from `from` to below `to`. Access tokens are short-lived: a user for each round. */
async function runAll(from, to) {
  const runner = new Runner(server, (await newUser(server, 'soak')).token);
  let next = from;
  const lane = async () => {
    while (next < to) {
      const n = next++;
      const kind = kindOf(n);
      counts[kind] += 1;
      try {
        await MIX[kind][1](runner, n);
      } catch (error) {
        throw new Error(`run ${n} (${kind}): ${error.message}`, { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  runner.close();
}

/** What is there once it has become no less for a while. */
async function quiet() {
  const look = () => sample({ pid: server.pid, dataDir: server.dataDir, cgroup, temporary });
  let [least, seen] = [look(), 0];
  for (const end = Date.now() + QUIET; seen < 5 && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const now = look();
    const same = ['fds', 'processes', 'cgroups', 'threads'].every((what) => now[what] === least[what]);
    seen = same ? seen + 1 : 0;
    least = now;
  }
  return least;
}

/** What grew, in words. */
function growth() {
  const [first, last] = [samples[WARM_UP - 1], samples.at(-1)];
  const runs = last.runs - first.runs;
  const logs = Math.max(0, replayable(samples.length - 1) - replayable(WARM_UP - 1));
  const bounds = { ...BOUNDS, rss: Math.round(RSS_KIB_PER_RUN * runs + LOG_KIB * logs), database: DATABASE_KIB_PER_RUN * runs };
  return Object.entries(bounds)
    .filter(([what, bound]) => last[what] - first[what] > bound)
    .map(([what, bound]) => `${what} from ${first[what]} to ${last[what]} (bound: ${bound} more)`);
}

/** Runs whose logs are kept at the moment of this sample. */
function replayable(index) {
  const before = times.findLastIndex((time) => time <= times[index] - LOG_KEPT);
  return samples[index].runs - (samples[before]?.runs ?? 0);
}

function print(row, withHead) {
  const units = { rss: ' KiB', temporary: ' KiB', shm: ' KiB', database: ' KiB' };
  const cells = (of) => `| ${of.join(' | ')} |`;
  if (withHead) {
    console.log(cells(Object.keys(row).map((name) => name + (units[name] ?? ''))));
    console.log(cells(Object.keys(row).map(() => '---')));
  }
  console.log(cells(Object.values(row)));
}

function kinds() {
  return Object.entries(counts)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
