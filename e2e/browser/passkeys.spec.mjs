// Passkeys on the page, with a device that Chromium itself plays: added, used with and without a password, renamed and
// removed.

import { PASSWORD } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';
import { expect, test as base } from './fixtures.mjs';
import { PHONE, review, WIDE } from './review.mjs';

const test = base.extend({
  server: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures here
    async ({}, use) => {
      const server = await Server.startLocal();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
});

const passkeys = (page) => page.getByRole('region', { name: 'Passkeys' });
const secondFactor = (page) => page.getByRole('region', { name: 'Two-factor sign-in' });
const signedIn = (page) => page.getByRole('button', { name: 'Your account' });

/** Gives a page a device that keeps passkeys and knows its owner. */
async function giveDevice(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    /** Whether the owner shows who they are from now on. */
    verify: (isUserVerified) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    /** The passkeys on it. */
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    keep: (credential) => session.send('WebAuthn.addCredential', { authenticatorId, credential }),
  };
}

async function add(page, name) {
  await page.goto('/account/security');
  await passkeys(page).getByRole('button', { name: 'Add a passkey' }).click();
  await passkeys(page).getByLabel('Name of the passkey').fill(name);
  await passkeys(page).getByLabel('Your password').fill(PASSWORD);
  await passkeys(page).getByRole('button', { name: 'Continue' }).click();
  await expect(passkeys(page).getByRole('listitem').filter({ hasText: name })).toBeVisible();
}

async function typePassword(page, user) {
  await page.goto('/login');
  await page.getByLabel('User name or email').fill(user.username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
    test(`every step, ${colorScheme}-${size}`, async ({ visit, account }) => {
      test.slow();
      const ada = await account('Ada');
      const page = await visit(ada, { colorScheme, ...options });
      await giveDevice(page);
      const picture = (name) => review(page, `passkeys-${name}-${colorScheme}-${size}`);
      await page.goto('/account/security');
      await passkeys(page).getByRole('button', { name: 'Add a passkey' }).click();
      await picture('add');
      await add(page, 'Laptop in the study');
      await picture('added');
      await passkeys(page).getByRole('button', { name: 'I have kept them' }).click();
      await passkeys(page).getByRole('button', { name: 'Rename Laptop in the study' }).click();
      await picture('rename');
      await passkeys(page).getByRole('button', { name: 'Cancel' }).click();
      await passkeys(page).getByRole('button', { name: 'Remove Laptop in the study' }).click();
      await picture('remove');
      await page.context().clearCookies();
      await page.goto('/login');
      await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeVisible();
      await picture('login');
      await typePassword(page, ada);
      await expect(page.getByRole('button', { name: 'Continue with a passkey' })).toBeVisible();
      await picture('second-step');
    });
  }
}

test('a passkey is added, and signs in with a password and without', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  const device = await giveDevice(page);
  await add(page, 'Phone');
  const codes = passkeys(page).getByLabel('Recovery codes', { exact: true });
  expect((await codes.textContent()).split('\n')).toHaveLength(10);
  await passkeys(page).getByRole('button', { name: 'I have kept them' }).click();
  await expect(passkeys(page)).toContainText('never used');
  await expect(secondFactor(page)).toContainText('10 recovery codes are left.');
  const [credential] = await device.credentials();
  expect(credential.isResidentCredential).toBe(true);

  await page.context().clearCookies();
  await typePassword(page, ada);
  await page.getByRole('button', { name: 'Continue with a passkey' }).click();
  await expect(signedIn(page)).toBeVisible();

  await page.context().clearCookies();
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(signedIn(page)).toBeVisible();
  await page.goto('/account/security');
  await expect(passkeys(page)).toContainText('last used just now');
  expect((await device.credentials())[0].signCount).toBeGreaterThan(credential.signCount);
});

test('who does not show who they are is told so, and a recovery code lets them in', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  const device = await giveDevice(page);
  await add(page, 'Phone');
  const codes = passkeys(page).getByLabel('Recovery codes', { exact: true });
  const [code] = (await codes.textContent()).split('\n');
  await device.verify(false);
  await page.context().clearCookies();
  await page.goto('/login?next=%2Faccount%2Fsecurity');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText('No passkey was used.')).toBeVisible();
  await typePassword(page, ada);
  await page.getByRole('button', { name: 'Continue with a passkey' }).click();
  await expect(page.getByText('No passkey was used.')).toBeVisible();
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(code);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(signedIn(page)).toBeVisible();
});

test('a device has one passkey for an account, and one that was copied is refused', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  const device = await giveDevice(page);
  await add(page, 'Phone');
  await passkeys(page).getByRole('button', { name: 'Add a passkey' }).click();
  await passkeys(page).getByLabel('Name of the passkey').fill('Again');
  await passkeys(page).getByLabel('Your password').fill(PASSWORD);
  await passkeys(page).getByRole('button', { name: 'Continue' }).click();
  await expect(passkeys(page).getByText('This device has a passkey for your account already.')).toBeVisible();

  const [before] = await device.credentials();
  const other = await visit(null);
  const copy = await giveDevice(other);
  await copy.keep(before);
  for (const attempt of [1, 2]) {
    await page.context().clearCookies();
    await page.goto('/login');
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await expect(signedIn(page), `${attempt}`).toBeVisible();
  }
  await other.goto('/login');
  await other.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(other.getByText(/is not known here/)).toBeVisible();
  other.watch.forgive(/auth\/passkey\/finish/);
});

test('a passkey is renamed and removed', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  await giveDevice(page);
  await add(page, 'Phone');
  await passkeys(page).getByRole('button', { name: 'Rename Phone' }).click();
  await passkeys(page).getByLabel('Name of the passkey').fill('My new phone');
  await passkeys(page).getByRole('button', { name: 'Save name' }).click();
  await expect(passkeys(page).getByRole('listitem')).toContainText('My new phone');
  await passkeys(page).getByRole('button', { name: 'Remove My new phone' }).click();
  await passkeys(page).getByLabel('Your password').fill('not this one');
  await passkeys(page).getByRole('button', { name: 'Remove passkey' }).click();
  await expect(passkeys(page).getByText(/is not your password/i)).toBeVisible();
  page.watch.forgive(/second-factors/);
  await passkeys(page).getByLabel('Your password').fill(PASSWORD);
  await passkeys(page).getByRole('button', { name: 'Remove passkey' }).click();
  await expect(passkeys(page).getByRole('listitem')).toHaveCount(0);
  await page.context().clearCookies();
  await page.goto('/login');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText(/is not known here/)).toBeVisible();
  page.watch.forgive(/auth\/passkey\/finish/);
  await typePassword(page, ada);
  await expect(signedIn(page)).toBeVisible();
});
