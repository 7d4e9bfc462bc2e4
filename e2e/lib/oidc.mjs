// A real provider of OpenID Connect on loopback: the certified `oidc-provider` of npm, with its own pages.

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

export const CLIENT = { client_id: 'codecrafter', client_secret: 'a-secret:with+and%in=it' };

/** A signing key of the provider. */
function key(kind, options, alg) {
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: alg };
}

/** An HTTP server on a free port of loopback, which answers as it is told. */
export async function listen(answer) {
  const server = createServer((request, response) => answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

export class OidcProvider {
  /** Claims of the accounts, by the login that is typed into the provider's page. */
  people = {};

  static async start() {
    const provider = new OidcProvider();
    const { url, stop } = await listen((request, response) => {
      // Its pages have no icon, which browsers complain of.
      if (request.url === '/favicon.ico') response.writeHead(204).end();
      else provider.answer(request, response);
    });
    return Object.assign(provider, { issuer: url, stop });
  }

  /** What the server under test is set to. */
  settings(label = 'Test provider') {
    const { client_id, client_secret } = CLIENT;
    return { kind: 'oidc', label, issuer: this.issuer, client_id, client_secret };
  }

  /** Takes browsers from now on, and sends them back to `redirects`. */
  serve(redirects, { alg = 'RS256', ...configuration } = {}) {
    const client = { ...CLIENT, redirect_uris: redirects, id_token_signed_response_alg: alg };
    const provider = new Provider(this.issuer, {
      clients: [client],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...this.people[id] }) }),
      jwks: {
        keys: [
          key('rsa', { modulusLength: 2048 }, 'RS256'),
          key('rsa', { modulusLength: 2048 }, 'PS256'),
          key('ec', { namedCurve: 'P-256' }, 'ES256'),
          key('ed25519', {}, 'EdDSA'),
        ],
      },
      enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
      pkce: { required: () => true },
      cookies: { keys: ['a key of the test'] },
      ...configuration,
    });
    this.answer = provider.callback();
  }

  answer(_request, response) {
    response.writeHead(503).end();
  }
}

/** Signs in at the provider's pages, and agrees to what is asked. */
export async function passPages(browser, page, login, options) {
  let at = page;
  while (/<form/.test(at.text)) {
    const asksWho = /name="login"/.test(at.text);
    at = await browser.submit(at, asksWho ? { login, password: 'anything' } : {}, options);
  }
  return at;
}
