// The administration area: who sees it, and what it does; wide and on a phone, light and dark.

import { newPlatformAdmin } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';

const PHONE = { viewport: { width: 390, height: 844 } };
const TABS = ['Users', 'Sessions', 'Runs', 'Queue and workers', 'Audit log', 'Settings'];

for (const [name, options] of [
  ['wide', {}],
  ['on a phone, dark', { ...PHONE, colorScheme: 'dark' }],
]) {
  test(`every part of the administration is there: ${name}`, async ({ visit, server, account }) => {
    const root = await newPlatformAdmin(server, 'root');
    const ada = await account('Ada');
    await ada.client.session({ title: 'Of Ada' });
    await ada.client.run({ language: 'python', code: 'print(1)' });
    const page = await visit(root, options);
    await page.goto('/');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Administration' }).click();
    await expect(page.getByRole('heading', { name: 'Administration' })).toBeVisible();
    const seen = [ada.username, 'Of Ada', ada.username, 'slots busy', 'login.succeeded', 'quota_sessions'];
    for (const [index, tab] of TABS.entries()) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await expect(page.getByRole('tabpanel').getByText(seen[index]).first()).toBeVisible();
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(excess).toBeLessThanOrEqual(0);
      if (process.env.SCREENSHOTS) {
        await page.screenshot({
          path: `${process.env.SCREENSHOTS}/admin-${index}-${options.viewport ? 'phone' : 'wide'}.png`,
        });
      }
    }
  });
}

test('an administrator shuts an account off and sets a quota', async ({ visit, server, account }) => {
  const root = await newPlatformAdmin(server, 'root');
  const bob = await account('Bob');
  const page = await visit(root);
  await page.goto('/admin/users');
  await page.getByLabel('Search accounts').fill(bob.username);
  await page.getByRole('button', { name: `Manage ${bob.username}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Sessions').fill('7');
  await dialog.getByRole('button', { name: 'Save quota' }).click();
  await expect(dialog.getByText('Uses 0 of 7')).toBeVisible();
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await expect(dialog.getByRole('button', { name: 'Activate' })).toBeVisible();
  expect((await bob.client.get('/me')).status).toBe(401);
  await dialog.getByRole('button', { name: 'Activate' }).click();
  await expect(dialog.getByRole('button', { name: 'Deactivate' })).toBeVisible();
});

test('for everybody else there is no such page', async ({ visit, account }) => {
  const page = await visit(await account('Eve'));
  await page.goto('/admin');
  await expect(page.getByText('Administration')).toHaveCount(0);
  await page.goto('/');
  await page.getByRole('button', { name: 'Your account' }).click();
  await expect(page.getByRole('menuitem', { name: 'Account' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'Administration' })).toHaveCount(0);
});
