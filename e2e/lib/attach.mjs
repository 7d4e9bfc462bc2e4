// A running program's socket: its output as it comes, and its input.

import WebSocket from 'ws';

import { until, within } from './until.mjs';

export class Attachment {
  frames = [];

  constructor(server, id, token, from) {
    const query = new URLSearchParams({ ...(token !== null && { token }), ...(from !== undefined && { from }) });
    this.socket = new WebSocket(`${server.sockets}/executions/${id}/attach?${query}`);
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => this.frames.push(JSON.parse(data.toString())));
    this.opened = new Promise((resolve) => this.socket.on('open', resolve));
    this.closed = new Promise((resolve) =>
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  static async open(...args) {
    const attachment = new Attachment(...args);
    await within(attachment.opened, 'the upgrade is accepted');
    return attachment;
  }

  send(frame) {
    this.socket.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  type(data) {
    this.send({ type: 'stdin', data });
  }

  of(type) {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** Everything that came of standard output. */
  get output() {
    const bytes = ({ data, encoding }) => Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8');
    return Buffer.concat(this.of('stdout').map(bytes)).toString();
  }

  untilItSays(text) {
    return until(() => this.output.includes(text), `the program says ${JSON.stringify(text)}`);
  }

  /** The execution at the end. */
  async result(timeout = 15_000) {
    const [frame] = await until(() => this.of('result').length > 0 && this.of('result'), 'the result comes', timeout);
    return frame.execution;
  }

  end(timeout = 10_000) {
    return within(this.closed, 'the server closes the socket', timeout);
  }

  destroy() {
    this.socket.terminate();
  }
}
