// What programs sign in with, made and revoked on the page.

import { Client } from '../lib/client.mjs';
import { expect, test } from './fixtures.mjs';

test('a key is made, shown once, used and revoked', async ({ visit, account, server }) => {
  const page = await visit(await account('Ada'));
  await page.goto('/account/api-keys');
  await page.getByLabel('Name', { exact: true }).fill('CI <b>');
  await page.getByLabel('Run programs').check();
  await page.getByRole('button', { name: 'Make the key' }).click();
  const key = await page.getByLabel('API key', { exact: true }).innerText();
  expect(key).toMatch(/^cck_[\w-]{65}$/);
  const row = page.getByRole('listitem').filter({ hasText: 'CI <b>' });
  await expect(row).toContainText('Never used');

  const program = new Client(server, key);
  (await program.get('/me')).expect(200);
  (await program.post('/sessions', { title: 'T', language: 'python' })).expect(403);
  await page.reload();
  await expect(row).toContainText('Last used');
  await expect(page.getByText(key)).toHaveCount(0);

  await row.getByRole('button', { name: 'Revoke CI <b>' }).click();
  await row.getByRole('button', { name: 'Really revoke CI <b>' }).click();
  await expect(page.getByText('You have no API keys.')).toBeVisible();
  (await program.get('/me')).expect(401);
});

test('on a phone the page fits', async ({ visit, account }) => {
  const page = await visit(await account('Ada'));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/account/api-keys');
  await expect(page.getByRole('button', { name: 'Make the key' })).toBeVisible();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
