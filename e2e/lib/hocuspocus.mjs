// Hocuspocus clients: the stock provider from npm, and a bare socket for what it would not do.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import WebSocket from 'ws';
import * as Y from 'yjs';

import { DocumentClient } from './document.mjs';
import { within, until } from './until.mjs';

export const AUTH = 2;
export const STATELESS = 5;
export const BROADCAST_STATELESS = 6;
export const CLOSE = 7;
export const SYNC_STATUS = 8;
export const PING = 9;
export const PONG = 10;

/** The provider closes sockets that are still connecting, which `ws` calls an error. */
class QuietWebSocket extends WebSocket {
  constructor(...args) {
    super(...args);
    this.on('error', () => {});
  }
}

/** One connection for several documents, as the stock provider makes it. */
export function providerSocket(server, options = {}) {
  return new HocuspocusProviderWebsocket({
    url: `${server.sockets}/hocuspocus`,
    WebSocketPolyfill: QuietWebSocket,
    // Servers of tests come back at once.
    delay: 100,
    minDelay: 50,
    maxDelay: 500,
    ...options,
  });
}

/** An unmodified HocuspocusProvider, and what it has told. */
export class Provider extends DocumentClient {
  failures = [];
  scopes = [];
  closes = [];
  notes = [];
  /** What the server has said of edits, one by one. */
  statuses = [];
  /** Edits that the provider has sent. */
  edits = 0;
  /** Answers to the server's step 1. */
  answers = 0;

  constructor(server, name, token, { doc = new Y.Doc(), socket, ...options } = {}) {
    super();
    this.doc = doc;
    this.files = doc.getMap('files');
    this.ownSocket = socket === undefined ? providerSocket(server) : undefined;
    this.socket = socket ?? this.ownSocket;
    this.provider = new HocuspocusProvider({
      name,
      token,
      document: doc,
      websocketProvider: this.socket,
      onAuthenticationFailed: ({ reason }) => this.failures.push(reason),
      onAuthenticated: ({ scope }) => this.scopes.push(scope),
      onClose: ({ event }) => this.closes.push({ code: event.code, reason: event.reason?.toString() }),
      onStateless: ({ payload }) => this.notes.push(payload),
      onMessage: ({ message }) => this.#hear(message.data),
      onOutgoingMessage: ({ message }) => this.#say(message),
      ...options,
    });
    this.provider.attach();
  }

  static async open(...args) {
    const provider = new Provider(...args);
    await provider.synced();
    return provider;
  }

  #hear(data) {
    const decoder = decoding.createDecoder(new Uint8Array(data));
    decoding.readVarString(decoder);
    if (decoding.readVarUint(decoder) === SYNC_STATUS) this.statuses.push(decoding.readVarUint(decoder) === 1);
  }

  #say({ encoder }) {
    // Answers are encoded elsewhere, and the only ones are those to step 1.
    if (encoding.length(encoder) === 0) {
      this.answers += 1;
      return;
    }
    const decoder = decoding.createDecoder(encoding.toUint8Array(encoder));
    decoding.readVarString(decoder);
    if (decoding.readVarUint(decoder) === 0 && decoding.readVarUint(decoder) === 2) this.edits += 1;
  }

  get awareness() {
    return this.provider.awareness;
  }

  synced(timeout) {
    return until(() => this.provider.isSynced, `${this.provider.configuration.name} is in step`, timeout);
  }

  /** Waits until the provider counts no edit as unsaved. */
  saved(timeout) {
    return until(
      () => this.provider.isSynced && !this.provider.hasUnsyncedChanges,
      `all edits are acknowledged: ${this.provider.unsyncedChanges} are not`,
      timeout,
    );
  }

  /** As when the network goes away: no close frame; the provider connects again by itself. */
  breakConnection() {
    this.socket.webSocket?.terminate();
  }

  destroy() {
    this.provider.destroy();
    this.ownSocket?.destroy();
  }
}

/** A frame for a document. */
export function addressed(name, ...parts) {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, name);
  for (const part of parts) {
    if (typeof part === 'number') encoding.writeVarUint(encoder, part);
    else if (typeof part === 'string') encoding.writeVarString(encoder, part);
    else encoding.writeUint8Array(encoder, part);
  }
  return encoding.toUint8Array(encoder);
}

export const token = (name, text) => addressed(name, AUTH, 0, text, '4.8.0');

/** A WebSocket on which a test writes frames itself. */
export class BareHocuspocus {
  /** Every addressed frame that came: name, type, and what follows as a decoder. */
  frames = [];
  pings = 0;
  pongs = 0;

  constructor(server) {
    this.socket = new WebSocket(`${server.sockets}/hocuspocus`);
    this.socket.binaryType = 'arraybuffer';
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) =>
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    this.socket.on('message', (data) => this.#hear(new Uint8Array(data)));
    this.opened = new Promise((resolve) => this.socket.once('open', resolve));
  }

  static async open(server) {
    const client = new BareHocuspocus(server);
    await within(client.opened, 'the upgrade is accepted');
    return client;
  }

  /** Opens a connection and one document on it. */
  static async signedIn(server, name, text) {
    const client = await BareHocuspocus.open(server);
    await client.signIn(name, text);
    return client;
  }

  async signIn(name, text) {
    this.send(token(name, text));
    await until(() => this.of(name, AUTH).length > 0, 'the token is answered');
  }

  #hear(bytes) {
    // Of the whole connection: no name.
    if (bytes.length === 1) {
      if (bytes[0] === PING) this.pings += 1;
      else if (bytes[0] === PONG) this.pongs += 1;
      return;
    }
    const decoder = decoding.createDecoder(bytes);
    const name = decoding.readVarString(decoder);
    const type = decoding.readVarUint(decoder);
    this.frames.push({ name, type, rest: decoding.readTailAsUint8Array(decoder) });
  }

  of(name, type) {
    return this.frames.filter((frame) => frame.name === name && frame.type === type);
  }

  statuses(name) {
    return this.of(name, SYNC_STATUS).map(({ rest }) => rest[0] === 1);
  }

  send(frame) {
    this.socket.send(frame);
  }

  async code(timeout = 5_000) {
    return (await within(this.closed, 'the server closes the connection', timeout)).code;
  }

  destroy() {
    this.socket.terminate();
  }
}
