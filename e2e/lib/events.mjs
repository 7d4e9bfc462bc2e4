// A session's events as they come.

import WebSocket from 'ws';

import { until, within } from './until.mjs';

export class EventSocket {
  frames = [];

  constructor(server, sessionId, token, since) {
    const query = new URLSearchParams({ ...(token !== null && { token }), ...(since !== undefined && { since }) });
    this.socket = new WebSocket(`${server.sockets}/sessions/${sessionId}/events?${query}`);
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => this.frames.push(JSON.parse(data.toString())));
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
  }

  /** Opens and waits for the greeting. */
  static async open(...args) {
    const socket = new EventSocket(...args);
    await until(() => socket.frames.length > 0, 'the events socket says hello');
    return socket;
  }

  /** Waits until the whole past has been replayed. */
  caughtUp() {
    const there = () => this.hello.seq === 0 || this.events.at(-1)?.seq >= this.hello.seq;
    return until(there, 'the past is replayed');
  }

  get hello() {
    return this.frames[0];
  }

  /** What the session's log keeps, in its order. */
  get events() {
    return this.frames.filter(({ type, seq }) => type !== 'hello' && seq !== undefined);
  }

  /** All frames of a type, kept or not. */
  of(type) {
    return this.frames.filter((frame) => frame.type === type);
  }

  send(frame) {
    this.socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
  }

  /** The first event of a type that `matches`, now or later. */
  next(type, matches = () => true, timeout = 10_000) {
    return until(() => this.of(type).find(matches), `an event ${type}`, timeout);
  }

  /** Everything that a run wrote, as its events tell it. */
  output(executionId) {
    const pieces = this.of('execution.output').filter((event) => event.execution_id === executionId);
    return pieces.map(({ data }) => data).join('');
  }

  code(timeout = 5_000) {
    return within(this.closed, 'the server closes the events socket', timeout);
  }

  destroy() {
    this.socket.terminate();
  }
}
