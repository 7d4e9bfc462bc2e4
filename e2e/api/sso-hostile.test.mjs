// What is believed of a provider that lies, and GitHub's protocol.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { FetchBrowser } from '../lib/fetch-browser.mjs';
import { GithubServer } from '../lib/github.mjs';
import { HostileProvider, mint, signers } from '../lib/hostile-oidc.mjs';
import { listen, OidcProvider } from '../lib/oidc.mjs';
import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { callbackOf, connect, loginOf, providersAre, signIn, whoIs } from '../lib/sso.mjs';

describe('a hostile provider', () => {
  let provider;
  let server;

  before(async () => {
    provider = await HostileProvider.start();
    server = await Server.start(providersAre({ test: provider.settings() }));
  });
  after(async () => {
    await server.stop();
    await provider.stop();
  });

  const now = () => Math.floor(Date.now() / 1000);
  const changed = (change) => (claims) => mint({ ...claims, ...change(claims) });
  const refused = {
    'without a signature': (claims) => mint(claims, { alg: 'none', signer: signers.none }),
    'without a signature, in other letters': (claims) => mint(claims, { alg: 'None', signer: signers.none }),
    'signed with the public key as a secret': (claims) => mint(claims, { alg: 'HS256', signer: signers.HS256 }),
    'signed with the client’s secret': (claims) => mint(claims, { alg: 'HS256', kid: 'o', signer: signers.secret }),
    'signed by somebody else': (claims) => mint(claims, { signer: signers.stranger }),
    'that names another algorithm than the key’s': (claims) => mint(claims, { alg: 'PS256' }),
    'that brings its own key': (claims) =>
      mint(claims, { kid: 'mine', signer: signers.stranger, header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' } } }),
    'of an unknown key': (claims) => mint(claims, { kid: 'unknown' }),
    'tampered with': (claims) => {
      const [head, , signature] = mint(claims).split('.');
      const body = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
      return `${head}.${body}.${signature}`;
    },
    'of another issuer': changed(() => ({ iss: 'https://evil.example' })),
    'of several issuers': changed(({ iss }) => ({ iss: [iss, 'https://evil.example'] })),
    'for another client': changed(() => ({ aud: 'somebody-else' })),
    'for several clients': changed(({ aud }) => ({ aud: [aud, 'somebody-else'] })),
    'that another client has asked for': changed(({ aud }) => ({ aud: [aud], azp: 'somebody-else' })),
    'that has expired': changed(() => ({ exp: now() - 120, iat: now() - 400 })),
    'that never expires': changed(() => ({ exp: undefined })),
    'of long ago': changed(() => ({ iat: now() - 3_600 })),
    'of the future': changed(() => ({ iat: now() + 3_600 })),
    'not valid yet': changed(() => ({ nbf: now() + 3_600 })),
    'of another flow': changed(() => ({ nonce: 'another' })),
    'of no flow': changed(() => ({ nonce: undefined })),
    'about nobody': changed(() => ({ sub: '' })),
    'about a number': changed(() => ({ sub: 1 })),
    'that is none': () => 'nonsense',
    'that is far too long': (claims) => mint({ ...claims, groups: 'x'.repeat(100_000) }),
  };
  for (const [what, token] of Object.entries(refused)) {
    test(`is not believed with a token ${what}`, async () => {
      provider.token = token;
      const { browser, problem } = await signIn(server, 'mallory');
      assert.equal(problem, 'provider_refused');
      assert.equal(await whoIs(server, browser), null);
    });
  }

  test('is believed when it speaks the truth, and tells no secrets into the log', async () => {
    provider.token = (claims) => mint(claims);
    const { browser, problem } = await signIn(server, 'mallory');
    assert.equal(problem, null);
    assert.equal((await whoIs(server, browser)).username, 'mallory');
    assert.doesNotMatch(server.log, /a-secret|eyJ|opaque/);
  });

  test('is not asked for keys by everybody who comes with an unknown one', async () => {
    const before = provider.keysAsked;
    provider.token = (claims) => mint(claims, { kid: 'unknown' });
    for (let i = 0; i < 5; i += 1) await signIn(server, 'mallory');
    assert.ok(provider.keysAsked - before <= 1, `${provider.keysAsked - before}`);
  });

  test('cannot speak about somebody else at its userinfo', async () => {
    provider.token = changed(() => ({ email: undefined, sub: 'quiet' }));
    provider.userinfo = () => ({ sub: 'admin', email: 'admin@example.org', email_verified: true });
    assert.equal((await signIn(server, 'mallory')).problem, 'provider_refused');
  });

  test('that answers nonsense is away', async () => {
    provider.token = (claims) => mint(claims);
    const answers = [
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id_token":'),
      (response) => response.writeHead(302, { location: `${provider.issuer}/keys` }).end(),
      (response) => response.writeHead(500).end('<html>'),
      (response) => response.writeHead(200).end(JSON.stringify({ id_token: 'x'.repeat(400_000), access_token: 'x' })),
      (response) => response.destroy(),
    ];
    for (const answer of answers) {
      provider.intercept = ({ pathname }, response) => pathname === '/token' && (answer(response), true);
      assert.equal((await signIn(server, 'mallory')).problem, 'provider_unavailable', `${answer}`);
    }
    provider.intercept = () => false;
  });

  test('is not asked for long', async () => {
    provider.intercept = ({ pathname }) => pathname === '/token';
    const began = Date.now();
    assert.equal((await signIn(server, 'mallory')).problem, 'provider_unavailable');
    assert.ok(Date.now() - began < 15_000);
    provider.intercept = () => false;
  });

  test('cannot name another issuer or unsafe addresses in its metadata', async () => {
    for (const metadata of [
      { issuer: 'https://accounts.example.org' },
      { authorization_endpoint: 'javascript:alert(1)' },
      { token_endpoint: 'http://192.0.2.1/token' },
      { jwks_uri: 'file:///etc/passwd' },
    ]) {
      const liar = await HostileProvider.start();
      liar.metadata = metadata;
      const own = await Server.start(providersAre({ test: liar.settings() }));
      assert.equal((await signIn(own, 'mallory')).problem, 'provider_refused', JSON.stringify(metadata));
      await own.stop();
      await liar.stop();
    }
  });
});

test('an answer of one provider is not taken by another', async () => {
  const [one, other] = [await HostileProvider.start(), await HostileProvider.start()];
  const server = await Server.start(providersAre({ one: one.settings(), other: other.settings() }));
  const browser = new FetchBrowser();
  const back = ({ pathname }) => pathname.endsWith('/callback');
  const { url } = await browser.open(loginOf(server, 'one'), { until: back });
  const page = await browser.open(callbackOf(server, 'other') + url.search);
  assert.equal(page.url.searchParams.get('problem'), 'expired');
  await server.stop();
  await one.stop();
  await other.stop();
});

test('every asymmetric signature that is taken is checked with a real provider', async () => {
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    const provider = await OidcProvider.start();
    const server = await Server.start(providersAre({ test: provider.settings() }));
    provider.serve([callbackOf(server)], { alg, conformIdTokenClaims: false });
    provider.people.ada = { email: 'ada@example.org', email_verified: true, preferred_username: 'ada' };
    const { browser, problem } = await signIn(server, 'ada');
    assert.equal(problem, null, alg);
    assert.equal((await whoIs(server, browser)).username, 'ada');
    await server.stop();
    await provider.stop();
  }
});

describe('GitHub', () => {
  let github;
  let server;

  before(async () => {
    github = await GithubServer.start();
    server = await Server.start(providersAre({ github: github.settings() }));
  });
  after(async () => {
    await server.stop();
    await github.stop();
  });

  test('signs people in by their number and primary address', async () => {
    assert.deepEqual((await new Client(server).get('/auth/providers')).body.items, [
      { name: 'github', label: 'GitHub', kind: 'github' },
    ]);
    github.emails = [
      { email: 'old@example.org', primary: false, verified: true },
      { email: 'octocat@example.org', primary: true, verified: true },
    ];
    const { browser, problem } = await signIn(server, '', { name: 'github', query: '?return_to=/s/3' });
    assert.equal(problem, null);
    const user = await whoIs(server, browser);
    assert.deepEqual(
      [user.username, user.email, user.email_verified, user.display_name],
      ['octocat', 'octocat@example.org', true, 'The Octocat'],
    );
    github.user = { ...github.user, login: 'renamed', name: null };
    assert.equal((await whoIs(server, (await signIn(server, '', { name: 'github' })).browser)).id, user.id);
    github.user = { ...github.user, id: 2, login: 'octocat' };
    const taken = await signIn(server, '', { name: 'github' });
    assert.equal(taken.problem, 'already_connected', 'a name that was given to somebody else opens nothing');
  });

  test('is believed about addresses only as far as it has verified them', async () => {
    const user = await newUser(server, 'github');
    github.user = { id: 3, login: 'unverified', name: null };
    github.emails = [{ email: user.email, primary: true, verified: false }];
    assert.equal((await signIn(server, '', { name: 'github' })).problem, 'email_unverified');
    github.emails = [{ email: user.email, primary: false, verified: true }];
    assert.equal((await signIn(server, '', { name: 'github' })).problem, 'no_email');
    github.emails = [];
    assert.equal((await signIn(server, '', { name: 'github' })).problem, 'no_email');
    assert.equal((await connect(user.client, '', { name: 'github' })).problem, null, 'which connecting does not need');
  });

  test('says no, and takes no code twice', async () => {
    github.agrees = false;
    assert.equal((await signIn(server, '', { name: 'github' })).problem, 'denied');
    github.agrees = true;
    const browser = new FetchBrowser();
    const back = ({ pathname }) => pathname.endsWith('/callback');
    const { url } = await browser.open(loginOf(server, 'github'), { until: back });
    url.searchParams.set('code', 'another');
    const page = await browser.open(url);
    assert.equal(page.url.searchParams.get('problem'), 'provider_refused');
  });

  test('is away', async () => {
    const dead = await listen(() => {});
    await dead.stop();
    const alone = await Server.start(
      providersAre({ github: { ...github.settings(), token_url: `${dead.url}/login/oauth/access_token` } }),
    );
    assert.equal((await signIn(alone, '', { name: 'github' })).problem, 'provider_unavailable');
    await alone.stop();
  });
});

test('settings that would be unsafe stop the start', async () => {
  const provider = {
    kind: 'oidc',
    label: 'X',
    issuer: 'https://id.example.org',
    client_id: 'a',
    client_secret: 'hunter2',
  };
  for (const [change, said] of [
    [{ issuer: 'http://id.example.org' }, /issuer/],
    [{ client_secret: undefined }, /client_secret/],
    [{ kind: 'saml' }, /saml|kind/],
  ]) {
    const wrong = Object.fromEntries(Object.entries({ ...provider, ...change }).filter(([, value]) => value));
    await assert.rejects(Server.start(providersAre({ test: wrong })), (error) => {
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  }
});
