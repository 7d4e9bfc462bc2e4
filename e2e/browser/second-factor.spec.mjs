// Second factors on the page: set up, asked for when signing in, recovered from, and turned off.

import { readFileSync } from 'node:fs';

import { PASSWORD } from '../lib/people.mjs';
import { steadyStep, totp } from '../lib/totp.mjs';
import { expect, test } from './fixtures.mjs';
import { PHONE, review, WIDE } from './review.mjs';

const section = (page) => page.getByRole('region', { name: 'Two-factor sign-in' });

async function logIn(page, user) {
  await page.goto('/login');
  await page.getByLabel('User name or email').fill(user.username);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { name: 'Two-factor sign-in' })).toBeVisible();
}

async function answerCode(page, label, code) {
  await page.getByLabel(label).fill(code);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function confirmPassword(page, action) {
  await section(page).getByLabel('Your password').fill(PASSWORD);
  await section(page).getByRole('button', { name: action }).click();
}

/** Begins on the page, and gives the secret that it shows. */
async function beginSetUp(page) {
  await page.goto('/account/security');
  await section(page).getByRole('button', { name: 'Set up an authenticator app' }).click();
  await confirmPassword(page, 'Continue');
  await expect(section(page).getByAltText('QR code for an authenticator app')).toBeVisible();
  return (await section(page).getByLabel('Secret').textContent()).replaceAll(' ', '');
}

/** Finishes with the code of the step before this one; gives the recovery codes. */
async function finishSetUp(page, secret) {
  await section(page).getByLabel('Code that the app shows').fill(totp(secret, -1));
  await section(page).getByRole('button', { name: 'Turn on' }).click();
  const codes = section(page).getByLabel('Recovery codes', { exact: true });
  await expect(codes).toBeVisible();
  return (await codes.textContent()).split('\n');
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
    test(`every step, ${colorScheme}-${size}`, async ({ visit, account }) => {
      test.slow();
      const ada = await account('Ada');
      const page = await visit(ada, { colorScheme, ...options });
      const picture = (name) => review(page, `second-factor-${name}-${colorScheme}-${size}`);
      await steadyStep();
      const secret = await beginSetUp(page);
      await picture('set-up');
      await finishSetUp(page, secret);
      await picture('codes');
      await section(page).getByRole('button', { name: 'I have kept them' }).click();
      await picture('on');
      await section(page).getByRole('button', { name: 'Turn off' }).click();
      await picture('turn-off');
      await page.context().clearCookies();
      await logIn(page, ada);
      await picture('login');
      await page.getByRole('button', { name: 'Use a recovery code' }).click();
      await expect(page.getByLabel('Recovery code')).toBeFocused();
      await picture('recovery');
    });
  }
}

test('an authenticator app is set up, and asked for when signing in', async ({ visit, account }) => {
  test.slow();
  const ada = await account('Ada');
  const page = await visit(ada);
  await steadyStep(15_000);
  const secret = await beginSetUp(page);
  await section(page).getByLabel('Code that the app shows').fill('000000');
  await section(page).getByRole('button', { name: 'Turn on' }).click();
  await expect(section(page).getByText(/does not fit/i)).toBeVisible();
  page.watch.forgive(/second-factors/);
  const codes = await finishSetUp(page, secret);
  expect(codes).toHaveLength(10);
  await section(page).getByRole('button', { name: 'Copy' }).click();
  await expect(section(page).getByRole('button', { name: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join('\n'));
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    section(page).getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(readFileSync(await file.path(), 'utf8')).toContain(codes[9]);
  await section(page).getByRole('button', { name: 'I have kept them' }).click();
  await expect(section(page)).toContainText('10 recovery codes are left.');

  const other = await visit(null);
  await logIn(other, ada);
  await expect(other.getByLabel('One-time code')).toBeFocused();
  await answerCode(other, 'One-time code', '000000');
  await expect(other.getByText(/is wrong, or was used before/i)).toBeVisible();
  other.watch.forgive(/\/auth\/mfa/);
  await answerCode(other, 'One-time code', totp(secret));
  await expect(other.getByRole('button', { name: 'Your account' })).toBeVisible();

  const lost = await visit(null);
  await logIn(lost, ada);
  await lost.getByRole('button', { name: 'Use a recovery code' }).click();
  await answerCode(lost, 'Recovery code', codes[0].toLowerCase());
  await expect(lost.getByRole('button', { name: 'Your account' })).toBeVisible();
  await page.reload();
  await expect(section(page)).toContainText('9 recovery codes are left.');
});

test('new recovery codes are made, and it is turned off with the password', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(ada);
  await steadyStep();
  const codes = await finishSetUp(page, await beginSetUp(page));
  await section(page).getByRole('button', { name: 'I have kept them' }).click();
  await section(page).getByRole('button', { name: 'New recovery codes' }).click();
  await confirmPassword(page, 'Make new codes');
  const fresh = section(page).getByLabel('Recovery codes', { exact: true });
  await expect(fresh).toBeVisible();
  expect(await fresh.textContent()).not.toContain(codes[0]);
  await section(page).getByRole('button', { name: 'Turn off' }).click();
  await section(page).getByLabel('Your password').fill('not this one');
  await section(page).getByRole('button', { name: 'Turn off' }).click();
  await expect(section(page).getByText(/is not your password/i)).toBeVisible();
  page.watch.forgive(/second-factors/);
  await confirmPassword(page, 'Turn off');
  await expect(section(page).getByRole('button', { name: 'Set up an authenticator app' })).toBeVisible();
  await expect(fresh).toBeHidden();
  const other = await visit(null);
  await other.goto('/login');
  await other.getByLabel('User name or email').fill(ada.username);
  await other.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await other.getByRole('button', { name: 'Log in' }).click();
  await expect(other.getByRole('button', { name: 'Your account' })).toBeVisible();
});
