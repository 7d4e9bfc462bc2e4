// Snapshots in the workspace, and playing a session back.

import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

async function together(visit, account) {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({
    files: [{ path: 'main.py', content: 'print("one")\n' }],
  });
  await join(ada, session, bob, 'editor');
  const one = await Workspace.open(await visit(ada), session);
  const other = await Workspace.open(await visit(bob), session);
  return { ada, session, one, other };
}

test('a snapshot is taken, compared and brought back before everybody’s eyes', async ({ visit, account }) => {
  const { one, other } = await together(visit, account);
  const { page } = one;
  await one.pane('History').click();
  await page.getByRole('textbox', { name: 'Name of the snapshot' }).fill('it works');
  await page.getByRole('button', { name: 'Take snapshot' }).click();
  await other.pane('History').click();
  const list = other.page.getByTestId('snapshots');
  await expect(list.getByText('it works')).toBeVisible();

  await other.fill('print("two")\n');
  await one.expectText('print("two")\n');
  await list.getByText('it works').click();
  const dialog = other.page.getByRole('dialog');
  await expect(dialog.getByTestId('diff')).toContainText('-print("one")');
  await expect(dialog.getByTestId('diff')).toContainText('+print("two")');
  await other.page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Actions for it works' }).click();
  await page.getByRole('menuitem', { name: 'Bring back…' }).click();
  await page.getByRole('button', { name: 'Bring back' }).click();
  for (const workspace of [one, other]) await workspace.expectText('print("one")\n');
  await expect(list.getByText('Before bringing back')).toBeVisible();

  await page.getByRole('button', { name: 'Actions for it works' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'New name of the snapshot' }).fill('it worked');
  await page.keyboard.press('Enter');
  await expect(list.getByText('it worked')).toBeVisible();
  await page.getByRole('button', { name: 'Actions for it worked' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(list.getByText('it worked')).toHaveCount(0);
});

test('a session is played back with its authors, runs and their output', async ({ visit, account }) => {
  const { ada, session, one, other } = await together(visit, account);
  await one.type('end', '# Ada was here\n', 20);
  await one.runButton.click();
  await one.expectRun('Ada', 'Finished', 'one');
  await other.expectText('print("one")\n# Ada was here\n');
  await other.type('end', 'print("Bob too")\n', 20);
  await one.expectText('print("one")\n# Ada was here\nprint("Bob too")\n');
  for (const workspace of [one, other]) await workspace.expectSaved();
  (
    await ada.client.post(`/sessions/${session.id}/messages`, {
      text: 'Well done!',
    })
  ).expect(201);

  const { page } = one;
  await one.pane('History').click();
  await page.getByRole('link', { name: 'Play back' }).click();
  await expect(page).toHaveURL(new RegExp(`/s/${session.id}/playback$`));
  const text = page.getByTestId('playback-text');
  await expect(text).toContainText('print("one")');
  await expect(text).not.toContainText('Ada was here');

  const position = page.getByRole('slider', { name: 'Position' });
  await position.focus();
  await page.keyboard.press('End');
  await expect(text).toContainText('Bob too');
  await expect(page.getByTestId('author')).toHaveText('Bob');

  await page.getByRole('button', { name: /Ada ran/ }).click();
  await expect(text).toContainText('Ada was here');
  await expect(text).not.toContainText('Bob too');
  await expect(page.getByTestId('output')).toContainText('one');

  await expect(page.getByRole('button', { name: /Ada: Well done!/ })).toBeVisible();
  await page.keyboard.press('Home');
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('16');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await expect(text).toContainText('Bob too');
  await expect(page.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});

test('the owner has the history forgotten', async ({ visit, account }) => {
  const { session, one } = await together(visit, account);
  await one.type('end', '# secret', 5);
  await one.expectSaved();
  const { page } = one;
  await one.pane('History').click();
  await page.getByRole('button', { name: 'More about the history' }).click();
  await page.getByRole('menuitem', { name: 'Forget the history…' }).click();
  await page.getByRole('button', { name: 'Forget the history' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto(`/s/${session.id}/playback`);
  await expect(page.getByTestId('playback-text')).toContainText('# secret');
});

test('the files are downloaded as a zip', async ({ visit, account }) => {
  const { one } = await together(visit, account);
  const downloading = one.page.waitForEvent('download');
  await one.page.getByRole('button', { name: 'Session menu' }).click();
  await one.page.getByRole('menuitem', { name: 'Download files' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^session-.*\.zip$/);
  const chunks = await (await download.createReadStream()).toArray();
  expect(Buffer.concat(chunks).subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
});
