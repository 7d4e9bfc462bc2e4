// The engines that nodes share, as processes of their own which can be killed, stopped and started again.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

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

  /** The rows of a question, each a list of texts. */
  ask(question) {
    const { status, stdout, stderr } = this.#run('psql', this.url, '-X', '-A', '-t', '-c', question);
    if (status !== 0) throw new Error(`psql: ${stderr}`);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('|'));
  }

  #run(program, ...args) {
    const [command, full] = as('postgres', join(this.programs, program), args);
    return spawnSync(command, full, { encoding: 'utf8', cwd: '/' });
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

  async answers() {
    const socket = connect(this.port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return true;
    } finally {
      socket.destroy();
    }
  }

  signal(signal) {
    super.signal(signal);
    if (signal === 'SIGTERM') this.directory.kill();
  }
}
