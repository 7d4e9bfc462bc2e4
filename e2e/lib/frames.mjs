// Messages of the y-websocket protocol, by hand: for what a stock client would never send.

import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as awarenessProtocol from 'y-protocols/awareness';
import * as Y from 'yjs';

export const SYNC = 0;
export const AWARENESS = 1;
export const AUTH = 2;

const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

function sync(kind, payload) {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, payload);
  return encoding.toUint8Array(encoder);
}

export const step1 = (doc) => sync(STEP_1, Y.encodeStateVector(doc));
export const step2 = (doc) => sync(STEP_2, Y.encodeStateAsUpdate(doc));
export const update = (bytes) => sync(UPDATE, bytes);

/** An awareness message of one client. */
export function awareness(client, clock, state) {
  const entries = encoding.createEncoder();
  encoding.writeVarUint(entries, 1);
  encoding.writeVarUint(entries, client);
  encoding.writeVarUint(entries, clock);
  encoding.writeVarString(entries, JSON.stringify(state));
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, AWARENESS);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(entries));
  return encoding.toUint8Array(encoder);
}

/** Several messages in one frame. */
export function together(...messages) {
  const encoder = encoding.createEncoder();
  for (const message of messages) encoding.writeUint8Array(encoder, message);
  return encoding.toUint8Array(encoder);
}

/** Takes a frame of the server into `doc` and `awareness`; gives the types of its messages. */
export function receive(frame, doc, awareness) {
  const decoder = decoding.createDecoder(frame);
  const types = [];
  while (decoding.hasContent(decoder)) {
    const type = decoding.readVarUint(decoder);
    types.push(type);
    if (type === SYNC) {
      const kind = decoding.readVarUint(decoder);
      const payload = decoding.readVarUint8Array(decoder);
      if (kind !== STEP_1) Y.applyUpdate(doc, payload, 'server');
    } else if (type === AWARENESS) {
      awarenessProtocol.applyAwarenessUpdate(awareness, decoding.readVarUint8Array(decoder), 'server');
    } else {
      decoding.readTailAsUint8Array(decoder);
    }
  }
  return types;
}
