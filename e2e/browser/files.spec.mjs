// Files as tabs: adding, renaming, deleting, and running several together.

import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

test('files are added, renamed and deleted before everybody’s eyes', async ({ visit, account }) => {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ files: [{ path: 'main.py', content: 'import text\n' }] });
  await join(ada, session, bob, 'editor');
  const one = await Workspace.open(await visit(ada), session);
  const other = await Workspace.open(await visit(bob), session);
  const { page } = one;

  await page.getByRole('button', { name: 'New file' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('main.py');
  await page.getByRole('button', { name: 'Add file' }).click();
  await expect(page.getByText('There is main.py already.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('../text.py');
  await expect(page.getByText('No empty, . or .. parts.')).toBeVisible();
  await page.getByRole('textbox', { name: 'Name' }).fill('txt.py');
  await page.getByRole('button', { name: 'Add file' }).click();
  await expect(one.tabs.getByRole('tab', { name: 'txt.py' })).toHaveAttribute('aria-selected', 'true');
  await expect(other.tabs.getByRole('tab')).toHaveText(['main.py', 'txt.py']);

  await page.getByRole('button', { name: 'Actions for txt.py' }).click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('text.py');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(other.tabs.getByRole('tab')).toHaveText(['main.py', 'text.py']);

  await one.fill('print("from the second file")\n');
  await other.tabs.getByRole('tab', { name: 'text.py' }).click();
  await other.expectText('print("from the second file")\n');
  await expect(one.carets).toHaveCount(0);
  await other.editor.click();
  await expect(one.carets).toHaveText('Bob');

  await other.runButton.click();
  for (const workspace of [one, other]) await workspace.expectRun('Bob', 'Finished', 'from the second file');

  await page.getByRole('button', { name: 'Actions for text.py' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('button', { name: 'Delete file' }).click();
  for (const workspace of [one, other]) {
    await expect(workspace.tabs.getByRole('tab')).toHaveText(['main.py']);
    await workspace.expectText('import text\n');
  }
});

test('what one types is undone without undoing the other', async ({ visit, account }) => {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
  const one = await Workspace.open(await visit(ada), session);
  const other = await Workspace.open(await visit(bob), session);
  await one.type('end', '# Ada ');
  await other.expectText('# Ada ');
  await other.type('end', '# Bob ');
  await one.expectText('# Ada # Bob ');
  await one.page.keyboard.press('ControlOrMeta+z');
  for (const workspace of [one, other]) await workspace.expectText('# Bob ');
});
