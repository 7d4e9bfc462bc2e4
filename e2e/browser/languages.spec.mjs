// A session in each of the languages that a server need not have: its sample, coloured, runs.

import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

for (const [name, file] of [
  ['Bash', 'main.sh'],
  ['Lua', 'main.lua'],
  ['Perl', 'main.pl'],
  ['PHP', 'main.php'],
  ['Ruby', 'main.rb'],
  ['SQL (SQLite)', 'main.sql'],
  ['TypeScript', 'main.ts'],
]) {
  test(`a new session in ${name} greets`, async ({ visit, account }) => {
    const page = await visit(await account('Ada'));
    await page.goto('/');
    await page.getByRole('button', { name: 'New session' }).first().click();
    await page.getByRole('radiogroup', { name: 'Language' }).getByText(name, { exact: true }).click();
    await page.getByRole('button', { name: 'Create session' }).click();
    const workspace = await Workspace.ready(page);
    await expect(workspace.tabs.getByRole('tab', { name: file })).toBeVisible();
    await expect(page.getByLabel('Language', { exact: true }).locator('option:checked')).toHaveText(name);
    await expect(workspace.editor.locator('.cm-line span').first()).toBeVisible();
    await page.getByTestId('stdin').fill('Grace\n');
    await workspace.runButton.click();
    await workspace.expectRun('Ada', 'Finished', 'Hello, Grace!');
  });
}
