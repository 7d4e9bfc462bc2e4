// The engines that nodes share, as processes of their own which can be killed, stopped and started again.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { MongoClient } from 'mongodb';

import { until } from '../lib/until.mjs';

/** How long an engine may take to start, in ms: RabbitMQ after a crash, on two busy cores. */
const START = 120_000;
const ROOT = new URL('../..', import.meta.url).pathname;

/** All that were started, for when the test process ends before they do. */
const started = [];
process.on('exit', () => {
  for (const engine of started) engine.signal('SIGKILL');
});

/** A process that goes on in the same folder and on the same port each time that it is started. */
class Engine {
  #child;

  constructor(name, folder, port) {
    Object.assign(this, { name, folder, port });
    started.push(this);
  }

  async start() {
    const [program, args, env = {}] = this.command();
    const log = openSync(join(this.folder, 'output'), 'a');
    this.#child = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env }, cwd: ROOT });
    await until(() => this.answers(), `${this.name} answers`, START);
  }

  signal(signal) {
    this.#child?.kill(signal);
  }

  /** How it is ended in order. */
  get gentle() {
    return 'SIGTERM';
  }

  async end(signal) {
    if (this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    // Whoever is stopped does not hear that it is to end.
    if (signal !== 'SIGKILL') this.signal('SIGCONT');
    this.signal(signal);
    await ended;
  }
}

/** A person's command; as the engine's own user where root tests. */
const as = (user, program, args) =>
  process.getuid() === 0
    ? ['setpriv', [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--', program, ...args]]
    : [program, args];

async function listens(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}

const idOf = (user) => Number(spawnSync('id', ['-u', user], { encoding: 'utf8' }).stdout);

export class Postgres extends Engine {
  constructor(folder, port, programs) {
    super('PostgreSQL', folder, port);
    this.programs = programs;
    mkdirSync(folder, { recursive: true });
    if (process.getuid() === 0) chownSync(folder, idOf('postgres'), -1);
    const made = this.#run('initdb', '-D', this.#data, '-U', 'codecrafter', '-A', 'trust', '-E', 'UTF8', '--locale=C');
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  }

  get #data() {
    return join(this.folder, 'data');
  }

  get url() {
    return `postgres://codecrafter@127.0.0.1:${this.port}/postgres`;
  }

  command() {
    const options = ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'];
    return as('postgres', join(this.programs, 'postgres'), [
      ...['-D', this.#data, '-p', String(this.port), '-k', this.folder],
      ...options,
    ]);
  }

  answers() {
    return this.#run('pg_isready', '-h', '127.0.0.1', '-p', String(this.port)).status === 0;
  }

  /** Others wait until everyone has gone by themselves. */
  get gentle() {
    return 'SIGINT';
  }

  /** How many executions there are, how many of them have not ended, and how many results. */
  executions() {
    const question = `SELECT count(*), count(*) FILTER (WHERE finished_at IS NULL),
      (SELECT count(*) FROM execution_results) FROM executions`;
    const { status, stdout, stderr } = this.#run('psql', this.url, '-X', '-A', '-t', '-c', question);
    if (status !== 0) throw new Error(`psql: ${stderr}`);
    return stdout.trim().split('|').map(Number);
  }

  #run(program, ...args) {
    const [command, full] = as('postgres', join(this.programs, program), args);
    return spawnSync(command, full, { encoding: 'utf8', cwd: '/' });
  }
}

/** A server that speaks MongoDB's protocol, and bears several processes. */
export class MongoDB extends Engine {
  constructor(folder, port) {
    super('MongoDB', folder, port);
    mkdirSync(folder, { recursive: true });
  }

  get url() {
    return `mongodb://127.0.0.1:${this.port}/codecrafter`;
  }

  command() {
    return [join(ROOT, 'script/engines/mongodb'), ['node', join(this.folder, 'data'), String(this.port)]];
  }

  answers() {
    return listens(this.port);
  }

  /** As PostgreSQL's. */
  async executions() {
    const client = await MongoClient.connect(this.url);
    try {
      const all = client.db().collection('executions');
      const counts = [{}, { finished_at: null }, { result: { $ne: null } }].map((which) => all.countDocuments(which));
      return await Promise.all(counts);
    } finally {
      await client.close();
    }
  }
}

/** A Docker daemon with an image of languages. */
export class Docker extends Engine {
  constructor(folder) {
    super('Docker', folder);
    mkdirSync(folder, { recursive: true });
  }

  get url() {
    return `docker://${join(this.folder, 'docker.sock')}?image=codecrafter-languages`;
  }

  command() {
    return [join(ROOT, 'script/engines/docker'), ['node', this.folder]];
  }

  answers() {
    return this.#docker('image', 'inspect', 'codecrafter-languages').status === 0;
  }

  /** Its containers as text, or those of them that have ended. */
  containers(...which) {
    return this.#docker('ps', '--all', '--format', '{{.ID}} {{.Status}}', ...which)
      .stdout.split('\n')
      .filter(Boolean);
  }

  ended() {
    return this.containers('--filter', 'status=exited');
  }

  /** The daemon is the child of what is ended, which must be able to end it in turn. */
  signal(signal) {
    super.signal(signal === 'SIGKILL' ? 'SIGTERM' : signal);
  }

  #docker(...args) {
    return spawnSync('docker', ['--host', `unix://${join(this.folder, 'docker.sock')}`, ...args], { encoding: 'utf8' });
  }
}

export class Redis extends Engine {
  constructor(folder, port) {
    super('Redis', folder, port);
    mkdirSync(folder, { recursive: true });
  }

  get url() {
    return `redis://127.0.0.1:${this.port}`;
  }

  command() {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    return ['redis-server', [...place, '--save', '', '--appendonly', 'no']];
  }

  answers() {
    return spawnSync('redis-cli', ['-p', String(this.port), 'ping'], { encoding: 'utf8' }).stdout.trim() === 'PONG';
  }
}

export class RabbitMQ extends Engine {
  constructor(folder, port, epmdPort) {
    super('RabbitMQ', folder, port);
    this.env = { ERL_EPMD_PORT: String(epmdPort), ERL_EPMD_ADDRESS: '127.0.0.1' };
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o755);
    // Erlang's directory of nodes, which the broker would start for itself and leave behind.
    this.directory = spawn('epmd', ['-port', String(epmdPort)], {
      stdio: 'ignore',
      env: { ...process.env, ...this.env },
    });
  }

  get url() {
    return `amqp://codecrafter:p%40ss%2Fword@127.0.0.1:${this.port}`;
  }

  command() {
    const script = join(ROOT, 'script/engines/rabbitmq');
    return [script, ['node', join(this.folder, 'broker'), String(this.port)], this.env];
  }

  answers() {
    return listens(this.port);
  }

  signal(signal) {
    super.signal(signal);
    if (signal === 'SIGTERM') this.directory.kill();
  }
}
