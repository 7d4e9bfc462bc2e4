// Twenty people edit and run while nodes and engines are killed, stopped and restarted:
// node faults/run.mjs [SECONDS] [DATABASE] [SANDBOX], which are postgres or mongodb, and native or docker.
// SEED=… repeats the faults of a run. CODECRAFTER_BIN is the executable, POSTGRES_PROGRAMS the folder of PostgreSQL's.

import assert from 'node:assert/strict';

import { Random } from '../lib/random.mjs';
import { StockClient } from '../lib/sync.mjs';
import { until } from '../lib/until.mjs';
import { checkAcrossNodes, checkDeath } from './across.mjs';
import { letThingsGoWrong } from './faults.mjs';
import { Crowd } from './people.mjs';
import { Platform } from './platform.mjs';

/** How long all may take afterwards to be where they are to be, in ms. */
const HEALED = 90_000;

const seconds = Number(process.argv[2] ?? 180);
if (!(seconds >= 10 && seconds <= 3_600)) throw new Error('SECONDS must be from 10 to 3600');
const random = Random.ofThisRun({ diagnostic: console.log });

const stack = { store: process.argv[3] ?? 'postgres', sandbox: process.argv[4] ?? 'native' };

const platform = await Platform.start({ stack, postgresPrograms: process.env.POSTGRES_PROGRAMS });
const apis = ['api-1', 'api-2'].map((name) => platform.nodes.get(name));
await checkAcrossNodes(...apis);
await checkDeath(...apis);
console.log('across nodes: edits, presence, events, programs and rights');
const [earlier] = await platform.database.executions();
const crowd = await Crowd.gather(platform.door, new Random(random.seed + 1));
// A failure of a person is told at once, not when all have gone home.
for (const person of crowd.people) person.catch((error) => console.error(error));
const faults = await letThingsGoWrong(platform, random, seconds * 1_000);
await crowd.goHome();

let edits = 0;
for (const room of crowd.rooms) edits += await checkRoom(room);
console.log(`edits: ${edits} acknowledged ones and those of who stayed are there once, all documents are equal`);
const outcomes = await checkExecutions();
console.log(`executions: ${crowd.accepted.size} accepted, each ended once: ${JSON.stringify(outcomes)}`);
crowd.destroy();
// What killed workers have left is found by those that go on.
await until(() => (platform.docker?.ended() ?? []).length === 0, 'no ended container is kept', HEALED);

const codes = await platform.stop();
assert.deepEqual(new Set(Object.values(codes)), new Set([0]), `the nodes end in order: ${JSON.stringify(codes)}`);
const isClean = () => platform.orphans().length === 0;
await until(isClean, 'no process and no container is left').catch((error) =>
  assert.fail(`${error}: ${platform.orphans()}`),
);
await checkDatabase();
await platform.stopEngines();
platform.forget();
console.log(`faults: ${faults} survived in ${seconds} s on ${stack.store} and ${stack.sandbox}, seed ${random.seed}`);
process.exit(0);

/** Everyone's text is that of a new client and of the API, and holds what it must, once. */
async function checkRoom({ session, owner, staying, acknowledged, written }) {
  const fresh = await StockClient.open(platform.door, session.id, owner.token);
  const agree = () => staying.every((client) => client.read() === fresh.read());
  await until(agree, `the clients of ${session.id} agree`, HEALED);
  const stored = async () => (await owner.client.get(`/sessions/${session.id}/files`)).expect(200).body.items;
  await until(async () => (await stored())[0].content === fresh.read(), 'the API says the same', HEALED);
  const text = fresh.read();
  const tokens = text.match(/\[[^\]]*\]/g) ?? [];
  assert.equal(tokens.join(''), text, 'nothing but whole tokens');
  assert.equal(new Set(tokens).size, tokens.length, 'no edit is there twice');
  const there = new Set(tokens);
  for (const token of [...acknowledged, ...written])
    assert.ok(there.has(token), `${token} of ${session.id} is missing`);
  fresh.destroy();
  return acknowledged.length + written.length;
}

async function checkExecutions() {
  const outcomes = {};
  for (const { id, text, answer } of await crowd.results(HEALED)) {
    outcomes[answer.outcome] = (outcomes[answer.outcome] ?? 0) + 1;
    if (answer.outcome === 'ok') assert.equal(answer.run.stdout, `${text}\n`, id);
  }
  return outcomes;
}

/** Nothing is kept but what was accepted, and each has one result. */
async function checkDatabase() {
  const accepted = earlier + crowd.accepted.size;
  const counts = await platform.database.executions();
  assert.deepEqual(counts, [accepted, 0, accepted], 'executions, unfinished ones, results');
}
