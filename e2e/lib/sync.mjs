// Clients of shared documents: the stock one from npm, and a bare socket for what it would not do.

import { Awareness } from 'y-protocols/awareness';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';

import { DocumentClient } from './document.mjs';
import { receive, step1 } from './frames.mjs';
import { until, within } from './until.mjs';

/** An unmodified y-websocket client. */
export class StockClient extends DocumentClient {
  #closed;

  constructor(server, sessionId, token, { doc = new Y.Doc(), ...options } = {}) {
    super();
    this.doc = doc;
    this.files = doc.getMap('files');
    this.provider = new WebsocketProvider(`${server.sockets}/sync`, sessionId, doc, {
      WebSocketPolyfill: WebSocket,
      // Clients of one process must not meet behind the server's back.
      disableBc: true,
      params: token === null ? {} : { token },
      ...options,
    });
    // A connection that fails while the server is down is no failure of the test.
    this.provider.on('connection-error', () => {});
    this.#closed = new Promise((resolve) => this.provider.on('closed', ({ code }) => resolve(code)));
  }

  /** Opens and waits until both sides have what the other had. */
  static async open(...args) {
    const client = new StockClient(...args);
    await client.synced();
    return client;
  }

  get awareness() {
    return this.provider.awareness;
  }

  synced(timeout) {
    return until(() => this.provider.synced, 'the client is in step with the server', timeout);
  }

  /** The code of a close after which the client does not try again. */
  closed(timeout = 5_000) {
    return within(this.#closed, 'the server closes the connection for good', timeout);
  }

  destroy() {
    this.provider.destroy();
    this.awareness.destroy();
    this.doc.destroy();
  }
}

/** A WebSocket on which a test writes frames itself; what comes is taken into a document. */
export class BareClient {
  doc = new Y.Doc();
  awareness = new Awareness(this.doc);
  types = [];

  constructor(server, path, token) {
    const query = token === null ? '' : `?token=${encodeURIComponent(token)}`;
    this.socket = new WebSocket(`${server.sockets}${path}${query}`);
    this.socket.binaryType = 'arraybuffer';
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
    this.heard = new Promise((resolve) => this.socket.once('message', () => resolve('frame')));
    this.socket.on('message', (data, binary) => {
      if (binary) this.types.push(...receive(new Uint8Array(data), this.doc, this.awareness));
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve).once('unexpected-response', (_request, response) => {
        reject(new Error(`no upgrade: ${response.statusCode}`));
      });
    });
  }

  /** Opens `/sync/{session}` and asks for the document. */
  static async sync(server, sessionId, token) {
    const client = new BareClient(server, `/sync/${sessionId}`, token);
    await within(client.opened, 'the upgrade is accepted');
    client.send(step1(client.doc));
    await until(() => client.doc.store.clients.size > 0, 'the document arrives');
    return client;
  }

  /** `'frame'` once the server has sent something, be it before this is asked. */
  hears() {
    return this.heard;
  }

  send(frame) {
    this.socket.send(frame);
  }

  code(timeout = 5_000) {
    return within(this.closed, 'the server closes the connection', timeout);
  }

  destroy() {
    this.socket.terminate();
    this.awareness.destroy();
    this.doc.destroy();
  }
}
