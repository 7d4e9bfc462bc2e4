// One's account: what it looks like, passwords, addresses, logins, preferences, and leaving.

import { Client } from '../lib/client.mjs';
import { linkOf, mailTo } from '../lib/mails.mjs';
import { PASSWORD } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { PHONE, review, WIDE } from './review.mjs';

const NEW_PASSWORD = 'quite another passphrase';
const TABS = ['profile', 'security', 'logins', 'api-keys', 'preferences', 'data'];

const addressOf = (user) => `${user.username}@example.org`;

async function logIn(page, user, password) {
  await page.goto('/login');
  await page.getByLabel('User name or email').fill(user.username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
    test(`the account, ${colorScheme}-${size}`, async ({ visit, account }) => {
      // Nine pages, each looked through for faults.
      test.slow();
      const page = await visit(await account('Ada'), { colorScheme, ...options });
      for (const tab of TABS) {
        await page.goto(`/account/${tab}`);
        await expect(page.getByRole('tabpanel').getByRole('heading').first()).toBeVisible();
        await review(page, `account-${tab}-${colorScheme}-${size}`);
      }
      for (const path of ['forgot-password', 'reset-password', 'verify-email']) {
        await page.goto(`/${path}`);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        page.watch.forgive(/\/auth\/email\/verify/);
        await review(page, `${path}-${colorScheme}-${size}`);
      }
    });
  }
}

test('a changed password signs out every other device', async ({ visit, account, server }) => {
  const ada = await account('Ada');
  const elsewhere = new Client(server);
  const login = (await elsewhere.post('/auth/login', { login: ada.username, password: PASSWORD })).expect(200).body;
  elsewhere.token = login.access_token;
  const page = await visit(ada);
  await page.goto('/account/security');
  await page.getByLabel('Current password').fill('not this one');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText(/password is wrong|is not your password|wrong/i).first()).toBeVisible();
  page.watch.forgive(/\/me\/password/);
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  expect((await elsewhere.get('/me')).status).toBe(401);
  expect((await ada.client.get('/me')).status).toBe(200);

  const other = await visit(null);
  await logIn(other, ada, NEW_PASSWORD);
  await expect(other.getByRole('button', { name: 'Your account' })).toBeVisible();
});

test('a forgotten password is chosen anew by the link of a mail', async ({ visit, account, server }) => {
  const ada = await account('Ada');
  const page = await visit(null);
  await page.goto('/login');
  await page.getByRole('link', { name: /forgot/i }).click();
  await page.getByLabel('Email').fill(addressOf(ada));
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('status')).toContainText('on its way');

  const mail = await mailTo(server, addressOf(ada), 'password');
  await page.goto(new URL(linkOf(mail)).href.replace(/^https?:\/\/[^/]+/, ''));
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status')).toContainText('is changed');
  await logIn(page, ada, NEW_PASSWORD);
  await expect(page.getByRole('button', { name: 'Your account' })).toBeVisible();
});

test('an address is confirmed by the link of a mail', async ({ visit, account, server }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  const mail = await mailTo(server, addressOf(ada), 'Confirm');
  await page.goto(linkOf(mail).replace(/^https?:\/\/[^/]+/, ''));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByText(/is confirmed/).first()).toBeVisible();
  expect((await ada.client.get('/me')).body.email_verified).toBe(true);
});

test('another device is seen, and signed out', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  const other = await visit(null);
  await logIn(other, ada, PASSWORD);
  await expect(other.getByRole('button', { name: 'Your account' })).toBeVisible();
  await page.goto('/account/logins');
  const rows = page.getByRole('list', { name: 'Logins' }).getByRole('listitem');
  await expect(rows).toHaveCount(2);
  await rows.getByRole('button', { name: /^Sign out/ }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('This device');
  await other.goto('/account/profile');
  await expect(other.getByRole('button', { name: 'Log in' })).toBeVisible();
});

test('an account is deleted with its password, and gone', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  await page.goto('/account/data');
  await page.getByRole('button', { name: 'Delete account…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Your password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page).toHaveURL(/\/$/);
  expect((await ada.client.get('/me')).status).toBe(401);
  const other = await visit(null);
  await logIn(other, ada, PASSWORD);
  await expect(other.getByText('The name or the password is wrong.')).toBeVisible();
  other.watch.forgive(/\/auth\/login/);
});
