// Twenty people who edit and run, and remember what they were told.

import { randomUUID } from 'node:crypto';

import { Provider } from '../lib/hocuspocus.mjs';
import { newUser, join } from '../lib/people.mjs';
import { StockClient } from '../lib/sync.mjs';
import { moment, until } from '../lib/until.mjs';

/** How long someone waits for an answer, in ms, before trying again. */
const PATIENCE = 15_000;
/** How long someone waits until an edit is acknowledged, in ms. */
const SAVED = 30_000;

/** Sessions, and who is in each: those who stay, and those who come, write and go. */
const SESSIONS = 4;
const STAYING = 2;
const VISITING = 3;

/** A request that is made again until it is answered; gives the answer. */
async function insist(request, isWanted, time = 120_000) {
  const end = Date.now() + time;
  let last;
  while (Date.now() < end) {
    try {
      const answer = await request({ signal: AbortSignal.timeout(PATIENCE) });
      if (isWanted(answer.status)) return answer;
      if (answer.status < 500 && answer.status !== 429) throw new Error(`refused: ${answer.status} ${answer.text}`);
      last = `${answer.status} ${answer.text}`;
    } catch (error) {
      if (error.message.startsWith('refused')) throw error;
      last = error;
    }
    await moment(250);
  }
  throw new Error(`no answer within ${time} ms: ${last}`);
}

export class Crowd {
  people = [];
  /** Session id to its acknowledged tokens and to those of whoever stays. */
  rooms = [];
  /** Execution id to the text that it prints. */
  accepted = new Map();
  isOver = false;

  static async gather(door, random) {
    const crowd = Object.assign(new Crowd(), { door, random });
    for (let number = 0; number < SESSIONS; number += 1) await crowd.#room(number);
    return crowd;
  }

  async #room(number) {
    const users = [];
    for (let index = 0; index < STAYING + VISITING; index += 1)
      users.push(await newUser(this.door, `p${number}${index}`));
    const [owner, ...others] = users;
    const session = await owner.client.session({ files: [{ path: 'main.py', content: '' }] });
    for (const user of others) await join(owner, session, user, 'editor');
    const room = { session, owner, acknowledged: [], written: [], staying: [] };
    this.rooms.push(room);
    for (const [index, user] of users.entries()) {
      const person = { user, room, name: `${number}.${index}`, tokens: 0 };
      const edits = index < STAYING ? this.#stays(person, index) : this.#visits(person);
      this.people.push(edits, this.#runs(person));
    }
  }

  #token(person) {
    person.tokens += 1;
    return `[${person.name}.${person.tokens}]`;
  }

  /** One client of each protocol for the whole time: whatever it has typed is there in the end. */
  async #stays(person, index) {
    const { room, user } = person;
    const Client = index === 0 ? StockClient : Provider;
    const client = await Client.open(this.door, room.session.id, user.token);
    room.staying.push(client);
    while (!this.isOver) {
      const token = this.#token(person);
      client.text().insert(0, token);
      room.written.push(token);
      await moment(200 + this.random.below(600));
    }
  }

  /** Comes with an empty document, writes, waits for each acknowledgement, and goes, with all that it knows. */
  async #visits(person) {
    const { room, user } = person;
    while (!this.isOver) {
      const client = new Provider(this.door, room.session.id, user.token);
      try {
        await client.synced(SAVED);
        for (let edits = 3 + this.random.below(10); edits > 0 && !this.isOver; edits -= 1) {
          const token = this.#token(person);
          client.text().insert(0, token);
          await client.saved(SAVED);
          room.acknowledged.push(token);
          await moment(this.random.below(300));
        }
      } catch (error) {
        if (!error.message.startsWith('not within')) throw error;
      } finally {
        client.destroy();
      }
    }
  }

  async #runs({ user, room, name }) {
    for (let number = 0; !this.isOver; number += 1) {
      const text = `${name} ${number}`;
      const request = { session_id: room.session.id, language: 'python', code: `print("${text}")` };
      const headers = { 'idempotency-key': randomUUID() };
      const submit = (options) => user.client.post('/executions', request, { headers, ...options });
      const { body } = await insist(submit, (status) => status === 200 || status === 202);
      this.accepted.set(body.id, { text, user });
      await moment(2_000 + this.random.below(6_000));
    }
  }

  /** Has everyone stop, and waits for them. */
  async goHome() {
    this.isOver = true;
    await Promise.all(this.people);
  }

  /** The executions as the API tells them, once all have ended. */
  async results(time) {
    const results = [];
    for (const [id, { text, user }] of this.accepted) {
      const answer = await until(
        async () => {
          const { body } = await insist(
            (options) => user.client.get(`/executions/${id}`, options),
            (status) => status === 200,
          );
          return body.status === 'finished' && body;
        },
        `execution ${id} has ended`,
        time,
      );
      results.push({ id, text, answer });
    }
    return results;
  }

  destroy() {
    for (const { staying } of this.rooms) for (const client of staying) client.destroy();
  }
}
