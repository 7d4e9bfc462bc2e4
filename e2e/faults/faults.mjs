// What goes wrong, and when: from a seed, one thing after the other.

import { moment } from '../lib/until.mjs';

const log = (text) => console.log(`${new Date().toISOString().slice(11, 23)} ${text}`);

/** The next fault in words, and what it does. */
function choose(platform, random) {
  const rest = 500 + random.below(4_000);
  const [name, part] = random.pick([...platform.nodes, ['Redis', platform.redis], ['RabbitMQ', platform.rabbitmq]]);
  const isNode = platform.nodes.has(name);
  if (random.chance(0.5)) {
    return [
      `${name}: kill -9, away for ${rest} ms`,
      async () => {
        await (isNode ? part.kill() : part.end('SIGKILL'));
        await moment(rest);
        await (isNode ? part.restart() : part.start());
      },
    ];
  }
  return [
    `${name}: stopped for ${rest} ms`,
    async () => {
      const tell = (signal) => (isNode ? process.kill(part.pid, signal) : part.signal(signal));
      tell('SIGSTOP');
      await moment(rest);
      tell('SIGCONT');
    },
  ];
}

/** Lets things go wrong for so many ms; the database is restarted in the middle of it. */
export async function letThingsGoWrong(platform, random, ms) {
  const begin = Date.now();
  let isRestarted = false;
  let faults = 0;
  while (Date.now() - begin < ms) {
    if (!isRestarted && Date.now() - begin > ms / 2) {
      isRestarted = true;
      log(`${platform.database.name}: restarted`);
      await platform.database.end(platform.database.gentle);
      await platform.database.start();
    } else {
      const [what, happens] = choose(platform, random);
      log(what);
      await happens();
    }
    faults += 1;
    await moment(500 + random.below(2_500));
  }
  log('nothing goes wrong any more');
  return faults;
}
