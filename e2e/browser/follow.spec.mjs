// Following somebody through the files, and bringing everybody to one place.

import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

const LONG = Array.from({ length: 400 }, (_, index) => `line ${index + 1}`).join('\n');

async function pair({ visit, account }) {
  const [ada, bob] = [await account('Ada Lovelace'), await account('Bob')];
  const files = [
    { path: 'main.py', content: '# short\n' },
    { path: 'zoo.py', content: LONG },
  ];
  const session = await ada.client.session({ files });
  await join(ada, session, bob, 'viewer');
  const one = await Workspace.open(await visit(ada), session);
  const two = await Workspace.open(await visit(bob), session);
  return { one, two, session };
}

const openFile = (workspace, name) => workspace.page.getByRole('tab', { name }).click();
const isOpen = (workspace, name) =>
  expect(workspace.page.getByRole('tab', { name })).toHaveAttribute('aria-selected', 'true');
const line = (workspace, number) => workspace.editor.getByText(`line ${number}`, { exact: true });
const scrollTo = (workspace, number) =>
  workspace.page.locator('.cm-scroller').evaluate((scroller, at) => {
    const row = document.querySelector('.cm-line').getBoundingClientRect().height;
    scroller.scrollTop = at * row;
  }, number);

async function follow(workspace, name) {
  await workspace.presence.getByRole('button', { name }).click();
  await workspace.page.getByRole('menuitem', { name: 'Follow' }).click();
  await expect(workspace.page.getByTestId('following')).toContainText(`Following ${name}`);
}

test('who follows goes where the other looks, until they move themselves', async ({ visit, account }) => {
  const { one, two } = await pair({ visit, account });
  await openFile(one, 'zoo.py');
  await scrollTo(one, 100);
  await expect(line(one, 105)).toBeInViewport();
  await follow(two, 'Ada Lovelace');
  await isOpen(two, 'zoo.py');
  await expect(line(two, 105)).toBeInViewport();
  await scrollTo(one, 300);
  await expect(line(two, 305)).toBeInViewport();
  await openFile(one, 'main.py');
  await isOpen(two, 'main.py');

  await two.page.keyboard.press('Escape');
  await expect(two.page.getByTestId('following')).toHaveCount(0);
  await openFile(one, 'zoo.py');
  await isOpen(one, 'zoo.py');
  await follow(two, 'Ada Lovelace');
  await isOpen(two, 'zoo.py');
  await two.editor.hover();
  await two.page.mouse.wheel(0, 200);
  await expect(two.page.getByTestId('following')).toHaveCount(0);
  await follow(two, 'Ada Lovelace');
  await two.page.getByTestId('following').click();
  await expect(two.page.getByTestId('following')).toHaveCount(0);
});

test('following ends when the other leaves', async ({ visit, account }) => {
  const { one, two } = await pair({ visit, account });
  await follow(two, 'Ada Lovelace');
  await one.page.close();
  await expect(two.page.getByTestId('following')).toHaveCount(0);
});

test('everybody is brought to a place, is told by whom, and gets back', async ({ visit, account }) => {
  const { one, two } = await pair({ visit, account });
  await openFile(one, 'zoo.py');
  await scrollTo(one, 200);
  await line(one, 210).click();
  await expect(two.page.getByRole('button', { name: 'Bring everyone here' })).toHaveCount(0);
  await one.page.getByRole('button', { name: 'Bring everyone here' }).click();
  await expect(two.page.getByText('Ada Lovelace brought everyone to zoo.py, line 210.')).toBeVisible();
  await isOpen(two, 'zoo.py');
  const shown = two.page.locator('.cc-shown-line');
  await expect(shown).toContainText('line 210');
  await expect(shown).toBeInViewport();
  await two.page.getByRole('button', { name: 'Go back' }).click();
  await isOpen(two, 'main.py');
  await expect(two.page.getByText('brought everyone')).toHaveCount(0);
  await isOpen(one, 'zoo.py');
});
