// A provider that says what it is told to say: for what a real one would never do.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto';

import { CLIENT, listen } from './oidc.mjs';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });

/** Tokens as they should be, and in every way in which they should not. */
export const signers = {
  RS256: (body, key = rsa.privateKey) => sign('sha256', Buffer.from(body), key).toString('base64url'),
  stranger: (body) => signers.RS256(body, stranger.privateKey),
  none: () => '',
  // The trick of old: the public key, which everybody has, as a shared secret.
  HS256: (body, secret = publicPem) => createHmac('sha256', secret).update(body).digest('base64url'),
  secret: (body) => signers.HS256(body, CLIENT.client_secret),
};

/** A token of these claims. */
export function mint(claims, { alg = 'RS256', kid = 'k', signer = signers.RS256, header = {} } = {}) {
  const body = `${encode({ alg, kid, typ: 'JWT', ...header })}.${encode(claims)}`;
  return `${body}.${signer(body)}`;
}

export class HostileProvider {
  /** Makes the id token of honest claims. */
  token = (claims) => mint(claims);
  /** Changes the metadata. */
  metadata = {};
  /** What the userinfo endpoint says of a subject. */
  userinfo = (sub) => ({ sub });
  /** Answers a request itself, where it returns true. */
  intercept = () => false;
  /** How often the keys were asked for. */
  keysAsked = 0;
  #nonce = null;

  static async start() {
    const provider = new HostileProvider();
    const { url, stop } = await listen((request, response) => void provider.#answer(request, response));
    return Object.assign(provider, { issuer: url, stop });
  }

  settings() {
    return { kind: 'oidc', label: 'Hostile', issuer: this.issuer, ...CLIENT };
  }

  get honest() {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
      sub: 'mallory',
      aud: CLIENT.client_id,
      exp: now + 300,
      iat: now,
      nonce: this.#nonce,
      email: 'mallory@example.org',
      email_verified: true,
    };
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.issuer);
    const json = (body, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (this.intercept(url, response)) return;
    if (url.pathname === '/.well-known/openid-configuration') {
      json({
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        userinfo_endpoint: `${this.issuer}/userinfo`,
        ...this.metadata,
      });
    } else if (url.pathname === '/authorize') {
      this.#nonce = url.searchParams.get('nonce');
      const back = new URL(url.searchParams.get('redirect_uri'));
      back.search = new URLSearchParams({ code: 'code', state: url.searchParams.get('state') });
      response.writeHead(302, { location: back.href }).end();
    } else if (url.pathname === '/token') {
      json({ access_token: 'opaque', token_type: 'Bearer', id_token: this.token(this.honest) });
    } else if (url.pathname === '/keys') {
      this.keysAsked += 1;
      const key = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' };
      json({ keys: [key, { kty: 'oct', kid: 'o', k: encode(CLIENT.client_secret) }] });
    } else if (url.pathname === '/userinfo') {
      json(this.userinfo('mallory'));
    } else {
      json({}, 404);
    }
  }
}
