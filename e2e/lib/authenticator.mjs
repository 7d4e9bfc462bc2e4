// A passkey in software, as a device keeps it: it makes an ES256 key pair and signs what it is asked to. Each of its
// methods can be told to do one thing as it should not be done.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { encode } from 'cborg';

/** Flags of authenticator data (WebAuthn, section 6.1). */
const PRESENT = 0x01;
const VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED = 0x40;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

export class Authenticator {
  /** Which credential it has, from when it has made one. */
  id = null;
  userHandle = null;
  counter = 0;
  #key = null;

  /**
   * `counts`: whether it counts its uses, as keys on a chip do; `synchronised`: whether other devices can have it, too;
   * `backedUp`: whether they do.
   */
  constructor(origin, { counts = false, synchronised = false, backedUp = synchronised } = {}) {
    this.origin = origin;
    this.counts = counts;
    this.synchronised = synchronised;
    this.backedUp = backedUp;
  }

  /** Makes a key pair, as `navigator.credentials.create` does; gives its answer in JSON. */
  create(options, wrong = {}) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.id = wrong.id ?? randomBytes(32);
    this.userHandle = Buffer.from(options.user.id, 'base64url');
    const { x, y } = publicKey.export({ format: 'jwk' });
    // COSE_Key (RFC 9053, section 7.1): EC2, ES256, P-256.
    const cose = new Map([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, this.id, encode(cose)]);
    const data = Buffer.concat([this.#data(options.rp.id, ATTESTED, wrong), credential]);
    const client = this.#client('webauthn.create', options.challenge, wrong);
    const object = encode({ fmt: 'none', attStmt: {}, authData: data });
    return this.#answer({ clientDataJSON: base64url(client), attestationObject: base64url(object) });
  }

  /** Signs a challenge, as `navigator.credentials.get` does; gives its answer in JSON. */
  get(options, wrong = {}) {
    if (this.counts) this.counter += 1;
    const data = this.#data(options.rpId, 0, wrong);
    const client = this.#client('webauthn.get', options.challenge, wrong);
    const signed = Buffer.concat([data, sha256(client)]);
    return this.#answer({
      authenticatorData: base64url(data),
      clientDataJSON: base64url(client),
      signature: base64url(wrong.signature ?? sign('sha256', signed, this.#key)),
      userHandle: base64url(wrong.userHandle ?? this.userHandle),
    });
  }

  #answer(response) {
    const id = base64url(this.id);
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} };
  }

  #client(type, challenge, wrong) {
    const said = { type, challenge, origin: this.origin, crossOrigin: false, ...wrong.client };
    return Buffer.from(JSON.stringify(said));
  }

  /** The part of authenticator data that every answer has. */
  #data(rpId, flags, wrong) {
    const head = Buffer.alloc(5);
    head[0] = flags | PRESENT | VERIFIED | (this.synchronised ? BACKUP_ELIGIBLE : 0) | (this.backedUp ? BACKED_UP : 0);
    head[0] &= ~(wrong.without ?? 0);
    head.writeUInt32BE(wrong.counter ?? this.counter, 1);
    return Buffer.concat([sha256(wrong.rpId ?? rpId), head]);
  }
}

/** What an answer can be made without. */
export const Flag = { PRESENT, VERIFIED };
