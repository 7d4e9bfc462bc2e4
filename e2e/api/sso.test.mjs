// Signing in by a provider: through a real OpenID Connect provider's pages, and GitHub's protocol.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Client } from '../lib/client.mjs';
import { FetchBrowser } from '../lib/fetch-browser.mjs';
import { mailTo, mailsTo, tokenOf } from '../lib/mails.mjs';
import { OidcProvider, passPages } from '../lib/oidc.mjs';
import { newPlatformAdmin, newUser, PASSWORD } from '../lib/people.mjs';
import { assertProblem } from '../lib/problem.mjs';
import { Server } from '../lib/server.mjs';
import { callbackOf, connect, loginOf, providersAre, returning, signIn, whoIs } from '../lib/sso.mjs';
import { steadyStep, totp } from '../lib/totp.mjs';
import { until } from '../lib/until.mjs';

let server;
let provider;
let anybody;
let numbered = 0;

/** Somebody new at the provider. */
function person(name, claims = {}) {
  numbered += 1;
  const login = `${name}-${numbered}`;
  provider.people[login] = {
    email: `${login}@example.org`,
    email_verified: true,
    name: `${name} Person`,
    preferred_username: login,
    ...claims,
  };
  return { login, ...provider.people[login] };
}

async function confirmAddress(user) {
  const mail = await mailTo(server, user.email, 'Confirm');
  (await anybody.post('/auth/email/verify', { token: tokenOf(mail) })).expect(200);
}

before(async () => {
  provider = await OidcProvider.start();
  server = await Server.start(providersAre({ test: provider.settings('Test & Co') }));
  provider.serve([callbackOf(server)]);
  anybody = new Client(server);
});
after(async () => {
  await server.stop();
  await provider.stop();
});

test('the providers are listed for everybody, and nothing else of them', async () => {
  const answer = (await anybody.get('/auth/providers')).expect(200);
  assert.deepEqual(answer.body.items, [{ name: 'test', label: 'Test & Co', kind: 'oidc' }]);
  assert.doesNotMatch(answer.text, /secret|client/);
  assert.doesNotMatch(server.log, /a-secret/);
});

describe('signing in', () => {
  test('makes an account the first time, and is the same person again', async () => {
    const ada = person('ada');
    const { browser, page, problem } = await signIn(server, ada.login, { query: '?return_to=/s/1%3Fa=b' });
    assert.equal(problem, null);
    assert.equal(page.url.pathname + page.url.search, '/s/1?a=b');
    const user = await whoIs(server, browser);
    assert.equal(user.username, ada.login);
    assert.equal(user.email, ada.email);
    assert.equal(user.display_name, 'ada Person');
    assert.equal(user.email_verified, true);
    assert.ok(!browser.hops.some((hop) => hop.includes('eyJ')), 'no token is in an address');
    const again = await signIn(server, ada.login);
    assert.equal(again.page.url.pathname, '/');
    assert.equal((await whoIs(server, again.browser)).id, user.id);
    const { items, has_password } = (await user.client.get('/me/identities')).expect(200).body;
    assert.equal(has_password, false);
    assert.deepEqual(
      items.map(({ provider: of, label, name }) => ({ of, label, name })),
      [{ of: 'test', label: 'Test & Co', name: ada.email }],
    );
    const events = (await user.client.get('/me/security-events')).expect(200).body.items;
    const acts = events.map(({ act, detail }) => `${act} ${detail}`);
    assert.deepEqual(acts.slice(0, 3), [
      'login.succeeded by test',
      'login.succeeded by test',
      'account.registered by test',
    ]);
    assert.equal((await mailsTo(server, ada.email)).length, 0, 'the address needs no confirmation');
  });

  test('sets the cookie of other logins, and nothing that outlives the flow', async () => {
    const { browser } = await signIn(server, person('cookie').login);
    const refresh = browser.cookie(callbackOf(server), 'codecrafter_refresh');
    assert.equal(refresh.attributes.samesite, 'Strict');
    assert.ok('httponly' in refresh.attributes);
    assert.equal(browser.cookie(callbackOf(server), 'codecrafter_sso'), undefined);
  });

  test('takes the second factor of who has one, behind the # of the login page', async () => {
    const twice = person('twice');
    const user = await whoIs(server, (await signIn(server, twice.login)).browser);
    await steadyStep();
    const { secret } = (await user.client.post('/me/second-factors/totp', { password: '' })).expect(200).body;
    (await user.client.post('/me/second-factors/totp/confirm', { code: totp(secret, -1) })).expect(200);
    const { browser, page } = await signIn(server, twice.login, { query: '?return_to=/s/1%3Fa=b' });
    assert.equal(page.url.pathname + page.url.search, '/login?next=%2Fs%2F1%3Fa%3Db');
    assert.equal(browser.cookie(callbackOf(server), 'codecrafter_refresh'), undefined);
    assert.equal(await whoIs(server, browser), null);
    const parts = new URLSearchParams(page.url.hash.slice(1));
    assert.equal(parts.get('methods'), 'totp,recovery_code');
    const step = { challenge: parts.get('challenge'), method: 'totp' };
    assertProblem(await anybody.post('/auth/mfa', { ...step, code: totp(secret, 5) }), 422, 'code');
    const { body } = (await anybody.post('/auth/mfa', { ...step, code: totp(secret) })).expect(200);
    assert.equal(body.user.id, user.id);
    assert.ok(!server.log.includes(step.challenge));
  });

  test('finds a free name near the one there', async () => {
    await newUser(server, 'x');
    const fields = { username: 'taken-name', email: 'taken-name@example.org', password: PASSWORD };
    (await anybody.post('/auth/register', fields)).expect(201);
    const first = await whoIs(
      server,
      (await signIn(server, person('a', { preferred_username: 'Taken.Name' }).login)).browser,
    );
    const second = await whoIs(
      server,
      (await signIn(server, person('b', { preferred_username: 'taken name' }).login)).browser,
    );
    assert.deepEqual([first.username, second.username], ['taken-name2', 'taken-name3']);
    const odd = person('c', { preferred_username: '\u202e<script>', name: '\u0000\u202e' });
    const third = await whoIs(server, (await signIn(server, odd.login)).browser);
    assert.equal(third.username, 'script');
    assert.equal(third.display_name, 'script');
  });

  test('of two first logins at once makes one account', async () => {
    const twin = person('twin');
    const flows = await Promise.all([returning(server, twin.login), returning(server, twin.login)]);
    await Promise.all(flows.map(({ browser, url }) => browser.open(url)));
    const [one, other] = await Promise.all(flows.map(({ browser }) => whoIs(server, browser)));
    assert.equal(one.id, other.id);
  });

  test('connects the account that has confirmed the same address', async () => {
    const user = await newUser(server, 'confirmed');
    await confirmAddress(user);
    const { browser, problem } = await signIn(server, person('confirmed', { email: user.email.toUpperCase() }).login);
    assert.equal(problem, null);
    const found = await whoIs(server, browser);
    assert.equal(found.id, user.id);
    assert.equal((await found.client.get('/me/identities')).body.has_password, true);
    await mailTo(server, user.email, 'Another way to sign in');
    const second = await signIn(server, person('other', { email: user.email }).login);
    assert.equal(second.problem, 'already_connected', 'an address that was given to somebody else opens nothing');
  });

  test('never connects an account that has only claimed its address', async () => {
    const attacker = await newUser(server, 'hijacker');
    const victim = person('victim', { email: attacker.email });
    const { browser, problem, page } = await signIn(server, victim.login, { query: '?return_to=/s/9' });
    assert.equal(problem, 'account_unconfirmed');
    assert.equal(page.url.searchParams.get('next'), '/s/9');
    assert.equal(await whoIs(server, browser), null);
    assert.deepEqual((await attacker.client.get('/me/identities')).body.items, []);
  });

  test('leaves nobody in who had registered the address of somebody else', async () => {
    const attacker = await newUser(server, 'trojan');
    const theirs = person('trojan');
    assert.equal((await connect(attacker.client, theirs.login)).problem, null);
    (await anybody.post('/auth/password/forgot', { email: attacker.email })).expect(202);
    const token = tokenOf(await mailTo(server, attacker.email, 'Choose a new password'));
    (await anybody.post('/auth/password/reset', { token, password: PASSWORD })).expect(204);
    const { browser } = await signIn(server, theirs.login);
    assert.notEqual((await whoIs(server, browser)).id, attacker.id);
  });

  test('never believes an address that the provider does not', async () => {
    const user = await newUser(server, 'believed');
    await confirmAddress(user);
    for (const email_verified of [false, undefined, 'false', 1]) {
      const { browser, problem } = await signIn(server, person('liar', { email: user.email, email_verified }).login);
      assert.equal(problem, 'email_unverified');
      assert.equal(await whoIs(server, browser), null);
    }
    const fresh = person('fresh', { email_verified: false });
    const made = await whoIs(server, (await signIn(server, fresh.login)).browser);
    assert.equal(made.email_verified, false);
    await mailTo(server, fresh.email, 'Confirm');
    assert.equal((await signIn(server, person('silent', { email: undefined }).login)).problem, 'no_email');
    assert.equal((await signIn(server, person('odd', { email: 'a@b' }).login)).problem, 'no_email');
  });

  test('makes no account where registration is closed, and lets those in who have one', async () => {
    const closedProvider = await OidcProvider.start();
    const closed = await Server.start({
      ...providersAre({ test: closedProvider.settings() }),
      CODECRAFTER_REGISTRATION: 'closed',
    });
    closedProvider.serve([callbackOf(closed)]);
    closedProvider.people.late = { email: 'late@example.org', email_verified: true };
    const refused = await signIn(closed, 'late');
    assert.equal(refused.problem, 'registration_closed');
    assert.equal(await whoIs(closed, refused.browser), null);
    await closed.stop();
    await closedProvider.stop();
  });

  test('lets nobody in who has been deactivated', async () => {
    const root = await newPlatformAdmin(server);
    const shut = person('shut');
    const user = await whoIs(server, (await signIn(server, shut.login)).browser);
    (await root.client.post(`/admin/users/${user.id}/deactivate`)).expect(204);
    const { browser, problem } = await signIn(server, shut.login);
    assert.equal(problem, 'deactivated');
    assert.equal(await whoIs(server, browser), null);
    const byEmail = await newUser(server, 'shut');
    await confirmAddress(byEmail);
    (await root.client.post(`/admin/users/${byEmail.id}/deactivate`)).expect(204);
    assert.equal((await signIn(server, person('shut', { email: byEmail.email }).login)).problem, 'deactivated');
  });

  test('goes only to pages of this site', async () => {
    const ada = person('return');
    for (const path of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example/',
      '/\t/evil.example',
      'evil',
      '/.//evil',
    ]) {
      const { page } = await signIn(server, ada.login, { query: `?return_to=${encodeURIComponent(path)}` });
      assert.equal(page.url.origin, server.url, path);
      assert.equal(page.url.pathname, '/', path);
    }
    const twice = await signIn(server, ada.login, { query: '?return_to=/a&return_to=//evil.example' });
    assert.equal(twice.page.url.href, `${server.url}/`);
  });
});

describe('the way back', () => {
  const expectRefusal = async (browser, url, problem) => {
    const page = await browser.open(url);
    assert.equal(page.url.pathname, '/login');
    assert.equal(page.url.searchParams.get('problem'), problem);
    assert.equal(await whoIs(server, browser), null);
  };

  test('is open once', async () => {
    const { browser, url } = await returning(server, person('once').login);
    const cookie = browser.cookie(url, 'codecrafter_sso');
    const replay = new FetchBrowser();
    replay.keep(server.url, new Headers({ 'set-cookie': `codecrafter_sso=${cookie.value}; Path=${cookie.path}` }));
    await browser.open(url);
    assert.ok(await whoIs(server, browser));
    await expectRefusal(replay, url, 'expired');
  });

  test('is open for the browser that went, with the state that it took along', async () => {
    const { url } = await returning(server, person('mine').login);
    await expectRefusal(new FetchBrowser(), url, 'expired');
    const other = await returning(server, person('other').login);
    await expectRefusal(other.browser, url, 'expired');
    for (const change of [
      (of) => of.searchParams.set('state', 'x'),
      (of) => of.searchParams.delete('state'),
      (of) => of.searchParams.append('state', of.searchParams.get('state')),
    ]) {
      const { browser, url: changed } = await returning(server, person('state').login);
      change(changed);
      await expectRefusal(browser, changed, 'expired');
    }
  });

  test('believes neither another code nor another issuer', async () => {
    for (const [key, value] of [
      ['code', 'nonsense'],
      ['code', ''],
      ['code', 'x'.repeat(9000)],
      ['iss', 'https://evil.example'],
    ]) {
      const { browser, url } = await returning(server, person('code').login);
      assert.ok(url.searchParams.get('iss'), 'the provider says who it is');
      url.searchParams.set(key, value);
      await expectRefusal(browser, url, 'provider_refused');
    }
    const { browser, url } = await returning(server, person('iss').login);
    url.searchParams.delete('iss');
    await expectRefusal(browser, url, 'provider_refused');
  });

  test('says who said no, and reflects nothing', async () => {
    for (const [error, problem] of [
      ['access_denied', 'denied'],
      ['temporarily_unavailable', 'provider_unavailable'],
      ['<script>alert(1)</script>', 'provider_refused'],
    ]) {
      const { browser, url } = await returning(server, person('denied').login);
      const refused = new URL(url.pathname, url);
      refused.search = new URLSearchParams({
        error,
        error_description: '<b>reflected</b>',
        state: url.searchParams.get('state'),
      });
      await expectRefusal(browser, refused, problem);
      assert.ok(browser.hops.slice(1).every((hop) => !/reflected|script/.test(hop)));
    }
  });

  test('answers nonsense with a page, never with a failure', async () => {
    for (const query of ['', '?', '?state=&code=', '?state=%ff%00', `?code=${'x'.repeat(5000)}`, '?state[]=1&code=1']) {
      for (const name of ['test', 'nobody', '%00', '..%2f', 'x'.repeat(300)]) {
        const page = await new FetchBrowser().open(callbackOf(server, name) + query);
        assert.ok(page.status < 500, `${name} ${query}: ${page.status}`);
      }
    }
    const unknown = await new FetchBrowser().open(loginOf(server, 'nobody', '?return_to=/s/2'));
    assert.equal(unknown.url.pathname + unknown.url.search, '/login?problem=unknown_provider&next=%2Fs%2F2');
  });
});

describe('connected accounts', () => {
  test('are connected, told by mail, and disconnected by their owner', async () => {
    const user = await newUser(server, 'connects');
    const there = person('elsewhere');
    const { page, problem } = await connect(user.client, there.login);
    assert.equal(problem, null);
    assert.equal(page.url.pathname + page.url.search, '/account/security?connected=test');
    await mailTo(server, user.email, 'Another way to sign in');
    assert.equal((await whoIs(server, (await signIn(server, there.login)).browser)).id, user.id);
    (await user.client.delete('/me/identities/test')).expect(204);
    assertProblem(await user.client.delete('/me/identities/test'), 404);
    assert.notEqual(
      (await whoIs(server, (await signIn(server, there.login)).browser)).id,
      user.id,
      'somebody new from now on',
    );
    const acts = (await user.client.get('/me/security-events')).body.items.map(({ act }) => act);
    assert.ok(acts.includes('account.identity_linked') && acts.includes('account.identity_unlinked'));
  });

  test('are one person’s each', async () => {
    const [one, other] = [await newUser(server, 'one'), await newUser(server, 'other')];
    const there = person('wanted');
    assert.equal((await connect(one.client, there.login)).problem, null);
    const refused = await connect(other.client, there.login);
    assert.equal(refused.problem, 'connected_elsewhere');
    assert.equal(refused.page.url.pathname, '/account/security');
    assert.equal((await connect(one.client, person('second').login)).problem, 'already_connected');
  });

  test('take a login that is still there when the browser comes back', async () => {
    const user = await newUser(server, 'leaves');
    const begun = (await user.client.post('/me/identities/test')).expect(200);
    const browser = new FetchBrowser();
    browser.keep(server.url, begun.headers);
    (await anybody.post('/auth/logout', { refresh_token: user.refreshToken })).expect(204);
    const page = await passPages(browser, await browser.open(begun.body.url), person('late').login);
    assert.equal(page.url.searchParams.get('problem'), 'signed_out');
  });

  test('are begun by logins, at providers that there are', async () => {
    const user = await newUser(server, 'keys');
    assertProblem(await user.client.post('/me/identities/nobody'), 404);
    assertProblem(await user.client.delete('/me/identities/nobody'), 404);
    const { key } = (await user.client.post('/me/api-keys', { name: 'k', scopes: ['read'] })).expect(201).body;
    const withKey = new Client(server, key);
    for (const answer of [await withKey.post('/me/identities/test'), await withKey.get('/me/identities')]) {
      assertProblem(answer, 403);
    }
  });

  test('leave a way in', async () => {
    const only = person('only');
    const user = await whoIs(server, (await signIn(server, only.login)).browser);
    assertProblem(await user.client.delete('/me/identities/test'), 409);
    (await anybody.post('/auth/password/forgot', { email: only.email })).expect(202);
    const token = tokenOf(await mailTo(server, only.email, 'Choose a new password'));
    (await anybody.post('/auth/password/reset', { token, password: PASSWORD })).expect(204);
    const { body } = (await anybody.post('/auth/login', { login: only.email, password: PASSWORD })).expect(200);
    (await new Client(server, body.access_token).delete('/me/identities/test')).expect(204);
  });
});

describe('an account without a password', () => {
  test('has none that fits', async () => {
    const user = await whoIs(server, (await signIn(server, person('without').login)).browser);
    for (const password of ['', ' ', PASSWORD]) {
      assertProblem(await anybody.post('/auth/login', { login: user.username, password }), 401);
    }
  });

  test('sets a first one, changes its address and goes, shortly after signing in', async () => {
    const user = await whoIs(server, (await signIn(server, person('sets').login)).browser);
    (await user.client.post('/me/email', { email: 'sets-another@example.org' })).expect(202);
    (await user.client.post('/me/password', { new_password: PASSWORD })).expect(204);
    assertProblem(await user.client.post('/me/password', { new_password: `${PASSWORD} 2` }), 422, 'current_password');
    (await anybody.post('/auth/login', { login: user.username, password: PASSWORD })).expect(200);
    const goes = person('goes');
    const gone = await whoIs(server, (await signIn(server, goes.login)).browser);
    (await gone.client.request('DELETE', '/me', {})).expect(204);
    const again = await whoIs(server, (await signIn(server, goes.login)).browser);
    assert.notEqual(again.id, gone.id);
  });
});

describe('a provider that is away', () => {
  test('is told in words, and is asked again later', async () => {
    const absent = await OidcProvider.start();
    const alone = await Server.start(providersAre({ test: absent.settings() }));
    const refused = await signIn(alone, 'ada');
    assert.equal(refused.problem, 'provider_unavailable');
    const user = await newUser(alone, 'ada');
    const begun = await user.client.post('/me/identities/test');
    assert.equal(begun.status, 503);
    absent.serve([callbackOf(alone)]);
    absent.people.ada = { email: 'ada@example.org', email_verified: true };
    await until(async () => (await signIn(alone, 'ada')).problem === null, 'it is asked again');
    const { browser, url } = await returning(alone, 'ada');
    await absent.stop();
    const page = await browser.open(url);
    assert.equal(page.url.searchParams.get('problem'), 'provider_unavailable');
    await alone.stop();
  });
});
