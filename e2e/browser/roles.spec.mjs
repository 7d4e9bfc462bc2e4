// What a role allows shows on the page, and changes there without reloading.

import { PASSWORD, join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

const NOTICE = 'You are a viewer here';

async function withViewer({ visit, account }) {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '# shared\n' }] });
  await join(ada, session, bob, 'viewer');
  const owner = await Workspace.open(await visit(ada), session);
  const viewer = await Workspace.open(await visit(bob), session);
  return { owner, viewer, session };
}

test('a viewer reads along and can neither type nor run', async ({ visit, account }) => {
  const { owner, viewer } = await withViewer({ visit, account });
  await expect(viewer.page.getByText(NOTICE)).toBeVisible();
  await viewer.editor.click();
  await viewer.page.keyboard.type('nothing of this');
  await viewer.page.keyboard.press('ControlOrMeta+Enter');
  await expect(viewer.page.getByRole('alert').getByText('Viewers cannot run')).toBeVisible();
  await expect(viewer.runButton).toHaveAttribute('aria-disabled', 'true');
  await expect(viewer.page.getByRole('button', { name: 'New file' })).toHaveCount(0);
  await owner.fill('print("for all")\n');
  await viewer.expectText('print("for all")\n');
  await owner.runButton.click();
  await viewer.expectRun('Ada', 'Finished', 'for all');
});

test('a promotion and a demotion take hold while the page is open', async ({ visit, account }) => {
  const { owner, viewer } = await withViewer({ visit, account });
  await owner.pane('People').click();
  const role = owner.page.getByLabel('Role of Bob');

  await role.selectOption('editor');
  await expect(viewer.page.getByText(NOTICE)).toHaveCount(0);
  await viewer.type('end', '# by Bob');
  await owner.expectText('# shared\n# by Bob');
  await expect(role).toHaveValue('editor');

  await role.selectOption('viewer');
  await expect(viewer.page.getByText(NOTICE)).toBeVisible();
  await viewer.editor.click();
  await viewer.page.keyboard.type('nothing of this');
  await owner.type('start', '# by Ada ');
  await viewer.expectText('# by Ada # shared\n# by Bob');
  await owner.expectText('# by Ada # shared\n# by Bob');
});

test('whoever is removed is told so at once', async ({ visit, account }) => {
  const { owner, viewer } = await withViewer({ visit, account });
  await owner.pane('People').click();
  await owner.page.getByRole('button', { name: 'Remove Bob' }).click();
  await expect(viewer.page.getByRole('heading', { name: 'No such session for you' })).toBeVisible();
  await expect(owner.page.getByLabel('Role of Bob')).toHaveCount(0);
  viewer.page.watch.forgive(/ 40[34] /);
});

test('a title and a language that the owner changes change for everybody', async ({ visit, account }) => {
  const { owner, viewer } = await withViewer({ visit, account });
  await owner.page.getByLabel('Session title').fill('Renamed');
  await owner.page.keyboard.press('Enter');
  await expect(viewer.page.getByRole('heading', { name: 'Renamed' })).toBeVisible();
  await owner.page.getByLabel('Language', { exact: true }).selectOption('go');
  await expect(viewer.page.getByText('Go', { exact: true })).toBeVisible();
});

test('whoever reads a public session can join, and then be let edit', async ({ visit, account }) => {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const files = [{ path: 'main.py', content: '# for all\n' }];
  const session = await ada.client.session({ visibility: 'public', files });
  const owner = await Workspace.open(await visit(ada), session);
  const reader = await Workspace.open(await visit(bob), session);
  await reader.expectText('# for all\n');
  await reader.page.getByRole('button', { name: 'Join' }).click();
  await expect(reader.page.getByText(NOTICE)).toBeVisible();
  await owner.pane('People').click();
  await owner.page.getByLabel('Role of Bob').selectOption('editor');
  await expect(reader.page.getByText(NOTICE)).toHaveCount(0);
  await reader.type('end', '# by Bob');
  await owner.expectText('# for all\n# by Bob');
});

test('a private session stays closed to who only has its address', async ({ visit, account }) => {
  const session = await (await account('Ada')).client.session();
  const page = await visit(await account('Eve'));
  await page.goto(`/s/${session.id}`);
  await expect(page.getByRole('heading', { name: 'No such session for you' })).toBeVisible();
  await page.goto(`/s/${session.id}?invite=made-up`);
  await expect(page.getByRole('heading', { name: 'This invite does not work' })).toBeVisible();
  page.watch.forgive(/ 404 /);
});

test('wrong passwords and taken names are told beside the form', async ({ visit, account }) => {
  const ada = await account('Ada');
  const page = await visit(null);
  await page.goto('/login');
  await page.getByLabel('User name or email').fill(ada.username);
  await page.getByLabel('Password', { exact: true }).fill('not the passphrase');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert').first()).toContainText('wrong');

  await page.goto('/register');
  await page.getByLabel('User name').fill(ada.username);
  await page.getByLabel('Email').fill('other@example.org');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(page.getByLabel('User name')).toHaveAttribute('aria-invalid', 'true');
  page.watch.forgive(/ (401|409) /);
});

test('signing out ends it in all tabs, and signing in leads back', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '# here\n' }] });
  const page = await visit(ada);
  await Workspace.open(page, session);
  const second = await page.context().newPage();
  await second.goto('/');
  await second.getByRole('button', { name: 'Your account' }).click();
  await second.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByLabel('User name or email').fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await (await Workspace.ready(page)).expectText('# here\n');
});
