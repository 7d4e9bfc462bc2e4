// The whole of it: two people with a browser each, from registering to the same output.

import { PASSWORD } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { PROGRAM, Workspace } from './workspace.mjs';

async function register(page, username, displayName) {
  await expect(page.getByRole('heading', { name: 'Create an account' })).toBeVisible();
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Display name').fill(displayName);
  await page.getByLabel('Email').fill(`${username}@example.org`);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Register' }).click();
}

test('two people register, share a link, write the same file and run it', async ({ visit }) => {
  const [ada, bob] = [await visit(null), await visit(null)];

  await ada.goto('/');
  await ada.getByRole('link', { name: 'Register' }).click();
  await register(ada, 'ada-browser', 'Ada');
  await ada.getByRole('button', { name: 'New session' }).first().click();
  await ada.getByRole('dialog').getByText('Python', { exact: true }).click();
  await ada.getByLabel('Title (optional)').fill('Pairing');
  await ada.getByRole('button', { name: 'Create session' }).click();
  const one = await Workspace.ready(ada);
  await expect(ada.getByLabel('Session title')).toHaveValue('Pairing');

  await ada.getByTestId('share-button').click();
  const link = await ada.getByLabel('Link', { exact: true }).inputValue();
  expect(link).toMatch(/\/s\/[0-9a-f-]{36}\?invite=.+/);
  await expect.poll(() => ada.evaluate(() => navigator.clipboard.readText())).toEqual(link);
  await ada.keyboard.press('Escape');

  await bob.goto(link);
  await bob.getByRole('link', { name: 'Sign in instead' }).click();
  await bob.getByRole('link', { name: 'Register' }).click();
  await register(bob, 'bob-browser', 'Bob');
  const other = await Workspace.ready(bob);
  await expect(bob).toHaveURL(/\/s\/[0-9a-f-]{36}$/);

  for (const workspace of [one, other]) {
    await expect(workspace.presence).toHaveAttribute('aria-label', '2 here: Ada, Bob');
  }

  await one.fill('# first\n\n# last\n');
  await other.expectText('# first\n\n# last\n');
  await Promise.all([one.type('start', '# by Ada ', 25), other.type('end', '# by Bob ', 25)]);
  for (const workspace of [one, other]) await workspace.expectText('# by Ada # first\n\n# last\n# by Bob ');
  await expect(one.carets).toHaveText('Bob');
  await expect(other.carets).toHaveText('Ada');
  await expect(one.page.locator('.cc-caret-name')).toBeVisible();
  await expect(other.page.locator('.cc-caret-name')).toBeVisible();

  await one.fill(PROGRAM);
  await other.expectText(PROGRAM);
  await one.expectSaved();
  await other.page.getByTestId('stdin').fill('Grace\n');
  await other.runButton.click();
  for (const workspace of [one, other]) await workspace.expectRun('Bob', 'Finished', 'Hello, Grace!');

  await one.editor.click();
  await ada.keyboard.press('ControlOrMeta+Enter');
  for (const workspace of [one, other]) await workspace.expectRun('Ada', 'Finished', 'Hello, world!');
  expect(await one.text()).toEqual(PROGRAM);

  await bob.close();
  await expect(one.presence).toHaveAttribute('aria-label', '1 here: Ada');
});

test('both see the output while it comes', async ({ visit, account }) => {
  const { pages } = await meeting({ visit, account });
  const [one, other] = pages;
  await one.fill('import time\nfor i in range(4):\n    print("tick", i, flush=True)\n    time.sleep(0.7)\n');
  await one.runButton.click();
  for (const workspace of pages) {
    let first = '';
    await expect
      .poll(async () => (first = await workspace.output.innerText()), { intervals: [30] })
      .toContain('tick 0');
    expect(first).not.toContain('tick 3');
    await expect(workspace.runStatus).toHaveText('Running');
    await expect(workspace.runBy).toContainText('Ada ran Python');
  }
  for (const workspace of pages) await workspace.expectRun('Ada', 'Finished', 'tick 0\ntick 1\ntick 2\ntick 3');
  await other.pane('Runs').click();
  await expect(other.page.getByRole('button', { name: /Ada.*Finished/ })).toHaveCount(1);
});

test('either stops what the other runs', async ({ visit, account }) => {
  const { pages } = await meeting({ visit, account });
  const [one, other] = pages;
  await one.fill('print("begun", flush=True)\nwhile True: pass\n');
  await one.runButton.click();
  await expect(other.output).toContainText('begun');
  await other.page.getByRole('button', { name: 'Stop' }).click();
  for (const workspace of pages) await workspace.expectRun('Ada', 'Stopped', 'begun');
  await expect(one.page.getByRole('button', { name: 'Run', exact: true })).toBeVisible();
});

test('errors and limits are told in words', async ({ visit, account }) => {
  const { pages } = await meeting({ visit, account }, { language: 'c', file: 'main.c' });
  const [one, other] = pages;
  await one.fill('int main(void) { return oops; }\n');
  await one.runButton.click();
  for (const workspace of pages) {
    await expect(workspace.runStatus).toHaveText('Does not compile');
    await expect(workspace.page.getByTestId('compile-output')).toContainText('main.c:1');
  }
  await one.fill('#include <stdlib.h>\nint main(void) { abort(); }\n');
  await one.runButton.click();
  for (const workspace of pages) await expect(workspace.runStatus).toHaveText('Crashed');
  await expect(other.page.getByText('SIGABRT', { exact: true })).toBeVisible();
});

test('arguments reach the program as a shell would split them', async ({ visit, account }) => {
  const { pages } = await meeting({ visit, account });
  const [one] = pages;
  await one.fill('import sys\nprint(sys.argv[1:])\n');
  await one.page.getByLabel('Arguments').fill(`one "two words" 'x'`);
  await one.page.keyboard.press('ControlOrMeta+Enter');
  await one.expectRun('Ada', 'Finished', "['one', 'two words', 'x']");
});

/** Ada's session with Bob as an editor, open in a browser each. */
async function meeting({ visit, account }, { language = 'python', file = 'main.py' } = {}) {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ language, visibility: 'link', files: [{ path: file, content: '' }] });
  const [invite] = (await ada.client.get(`/sessions/${session.id}/invites`)).body.items;
  (await bob.client.post(`/sessions/${session.id}/join`, { invite: invite.token })).expect(200);
  const pages = [];
  for (const user of [ada, bob]) pages.push(await Workspace.open(await visit(user), session));
  return { pages };
}
