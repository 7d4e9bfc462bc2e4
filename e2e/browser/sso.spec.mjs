// Signing in by a provider, in a browser that goes through the provider's own pages.

import { mailTo, tokenOf } from '../lib/mails.mjs';
import { OidcProvider } from '../lib/oidc.mjs';
import { newPlatformAdmin, PASSWORD } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { callbackOf, providersAre } from '../lib/sso.mjs';
import { expect, test as base } from './fixtures.mjs';
import { PHONE, review, WIDE } from './review.mjs';

const test = base.extend({
  provider: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures here
    async ({}, use) => {
      const provider = await OidcProvider.start();
      await use(provider);
      await provider.stop();
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ provider }, use) => {
      const github = { kind: 'github', client_id: 'a', client_secret: 'b' };
      const server = await Server.start(providersAre({ github, test: provider.settings('Our provider') }));
      provider.serve([callbackOf(server)]);
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
});

let numbered = 0;

/** Somebody new at the provider, whose pages complain of what is not ours. */
function person(provider, name, claims = {}) {
  numbered += 1;
  const login = `${name}-${process.pid}-${numbered}`;
  provider.people[login] = {
    email: `${login}@example.org`,
    email_verified: true,
    name,
    preferred_username: login,
    ...claims,
  };
  return { login, ...provider.people[login] };
}

/** The provider's pages ask for a font on the Internet, which tests do without. */
const noFont = (route) => route.fulfill({ contentType: 'text/css', body: '' });

/** The provider's pages: who it is, and that they agree. */
async function passPages(page, login) {
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function signIn(page, login, from = '/login') {
  await page.goto(from);
  await page.route('https://fonts.googleapis.com/**', noFont);
  await page.getByRole('link', { name: 'Continue with Our provider' }).click();
  await passPages(page, login);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
    test(`the buttons and the connected accounts, ${colorScheme}-${size}`, async ({ visit, provider }) => {
      test.slow();
      const page = await visit(null, { colorScheme, ...options });
      for (const path of ['login', 'register']) {
        await page.goto(`/${path}`);
        await expect(page.getByRole('link', { name: 'Continue with GitHub' })).toBeVisible();
        await review(page, `sso-${path}-${colorScheme}-${size}`);
      }
      await page.goto('/login?problem=account_unconfirmed');
      await expect(page.getByRole('alert').first()).toContainText('has never confirmed it');
      await review(page, `sso-problem-${colorScheme}-${size}`);
      await signIn(page, person(provider, 'Ada').login, '/login?next=/account/security');
      const section = page.getByRole('region', { name: 'Connected accounts' });
      await expect(section.getByRole('listitem')).toContainText('Our provider');
      await expect(section.getByRole('button', { name: 'Connect GitHub' })).toBeVisible();
      await expect(page.getByRole('button', { name: 'Set password' })).toBeVisible();
      await review(page, `sso-account-${colorScheme}-${size}`);
    });
  }
}

test('a first login makes an account and leads on', async ({ visit, provider, account }) => {
  const owner = await account('Owner');
  const session = await owner.client.session({ visibility: 'public' });
  const page = await visit(null);
  await signIn(page, person(provider, 'Grace').login, `/login?next=/s/${session.id}`);
  await expect(page).toHaveURL(new RegExp(`/s/${session.id}$`));
  await expect(page.getByRole('button', { name: 'Your account' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Your account' })).toBeVisible();
});

test('an account is connected, signed in to by the provider, and disconnected', async ({
  visit,
  provider,
  account,
}) => {
  const ada = await account('Ada');
  const there = person(provider, 'elsewhere');
  const page = await visit(ada);
  await page.goto('/account/security');
  const section = page.getByRole('region', { name: 'Connected accounts' });
  await page.route('https://fonts.googleapis.com/**', noFont);
  await section.getByRole('button', { name: 'Connect Our provider' }).click();
  await passPages(page, there.login);
  await expect(section.getByRole('status')).toContainText('Your account is connected to Our provider');
  const other = await visit(null);
  await signIn(other, there.login, '/login?next=/account/profile');
  await expect(other.getByLabel('Display name')).toHaveValue('Ada');
  await section.getByRole('button', { name: 'Disconnect Our provider' }).click();
  await expect(section.getByRole('list')).toHaveCount(0);
  await expect(section.getByRole('button', { name: 'Connect Our provider' })).toBeVisible();
});

test('the only way in stays until there is a password', async ({ visit, provider }) => {
  const page = await visit(null);
  await signIn(page, person(provider, 'only').login, '/login?next=/account/security');
  const section = page.getByRole('region', { name: 'Connected accounts' });
  await section.getByRole('button', { name: 'Disconnect Our provider' }).click();
  await expect(section.getByRole('alert')).toContainText('set a password first');
  page.watch.forgive(/\/me\/identities\/test.* 409 /);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  await section.getByRole('button', { name: 'Disconnect Our provider' }).click();
  await expect(section.getByRole('list')).toHaveCount(0);
});

test('an account without a password is deleted by who has just signed in', async ({ visit, provider }) => {
  const page = await visit(null);
  await signIn(page, person(provider, 'leaves').login, '/login?next=/account/data');
  await page.getByRole('button', { name: 'Delete account…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Your password')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole('button', { name: 'Your account' })).toHaveCount(0);
});

test('what is refused is told where it can be tried again', async ({ visit, provider, account, server }) => {
  const claims = await account('Claims');
  const page = await visit(null);
  await signIn(page, person(provider, 'victim', { email: claims.email }).login);
  await expect(page.getByRole('alert').first()).toContainText('has never confirmed it');

  const shut = await account('Shut');
  const { token } = { token: tokenOf(await mailTo(server, shut.email, 'Confirm')) };
  (await shut.client.post('/auth/email/verify', { token })).expect(200);
  const root = await newPlatformAdmin(server);
  (await root.client.post(`/admin/users/${shut.id}/deactivate`)).expect(204);
  const other = await visit(null);
  await signIn(other, person(provider, 'shut', { email: shut.email }).login, '/register');
  await expect(other.getByRole('alert').first()).toContainText('has been deactivated');
  await other.goto('/login?problem=%3Cb%3Ereflected');
  await expect(other.getByRole('alert').first()).not.toContainText('reflected');
});
