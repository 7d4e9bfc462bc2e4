// How people come into a session and go: by a name, through a waiting room, banned; and what becomes of it.

import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

// Three browsers at once take their time on a busy machine.
test.describe.configure({ timeout: 180_000 });

const FILES = [{ path: 'main.py', content: '# shared\n' }];

/** The link that invites into a session of `owner`. */
async function link(owner, session, role = 'editor') {
  const { body } = (await owner.client.post(`/sessions/${session.id}/invites`, { role })).expect(201);
  return `/s/${session.id}?invite=${body.token}`;
}

/** Gives a name where the link has asked for one. */
async function enter(page, name) {
  await expect(page.getByRole('heading', { name: 'You are invited' })).toBeVisible();
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
}

test('a guest gives a name and types; nothing else is open to them', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ visibility: 'link', files: FILES });
  const owner = await Workspace.open(await visit(ada), session);
  const page = await visit(null);
  await page.goto(await link(ada, session));
  await enter(page, 'Gina');
  const guest = await Workspace.ready(page);
  await guest.type('end', '# by Gina');
  await owner.expectText('# shared\n# by Gina');
  await expect(owner.carets).toHaveText('Gina (guest)');
  await owner.pane('People').click();
  await expect(owner.page.getByRole('tabpanel').getByText('Gina (guest)').first()).toBeVisible();

  await page.reload();
  await (await Workspace.ready(page)).expectText('# shared\n# by Gina');
  await page.getByRole('button', { name: 'Session menu' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Download files', 'Leave session…']);
  await page.keyboard.press('Escape');
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'You are here as a guest' })).toBeVisible();
  await page.getByRole('link', { name: 'Back to the session' }).click();
  await Workspace.ready(page);
});

test('somebody with an account signs in by the link instead', async ({ visit, account }) => {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ visibility: 'link', files: FILES });
  const page = await visit(null);
  await page.goto(await link(ada, session));
  await page.getByRole('link', { name: 'Sign in instead' }).click();
  await page.getByLabel('User name or email').fill(bob.username);
  await page.getByLabel('Password', { exact: true }).fill('a long enough passphrase');
  await page.getByRole('button', { name: 'Log in' }).click();
  await (await Workspace.ready(page)).expectText('# shared\n');
});

test('a waiting room is opened, and people are let in and turned away as they come', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ visibility: 'link', files: FILES });
  const host = await Workspace.open(await visit(ada), session);
  await host.page.getByRole('button', { name: 'Session menu' }).click();
  await host.page.getByRole('menuitem', { name: 'Session settings…' }).click();
  await host.page.getByLabel('Waiting room').click({ force: true });
  await host.page.getByLabel('Participants at most').fill('12');
  await host.page.getByRole('button', { name: 'Save' }).click();
  await expect(host.page.getByRole('dialog')).toHaveCount(0);

  const [gina, eve] = [await visit(null), await visit(null)];
  await gina.goto(await link(ada, session));
  await enter(gina, 'Gina');
  await expect(gina.getByRole('heading', { name: 'Waiting to be let in' })).toBeVisible();
  await expect(host.page.getByText('Gina (guest) waits to be let in')).toBeVisible();
  await eve.goto(await link(ada, session));
  await enter(eve, 'Eve');
  await host.pane('People').click();
  await host.page.getByRole('button', { name: 'Deny Eve (guest)' }).click();
  await expect(eve.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  await host.page.getByRole('button', { name: 'Admit Gina (guest)' }).last().click();
  const guest = await Workspace.ready(gina);
  await guest.type('end', '# by Gina');
  await host.expectText('# shared\n# by Gina');
  await expect(host.page.getByText('waits to be let in')).toHaveCount(0);
  expect((await ada.client.get(`/sessions/${session.id}`)).body.max_participants).toBe(12);
});

test('a banned guest is out, and their link is gone', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ visibility: 'link', files: FILES });
  const host = await Workspace.open(await visit(ada), session);
  const page = await visit(null);
  const address = await link(ada, session);
  await page.goto(address);
  await enter(page, 'Eve');
  await Workspace.ready(page);
  await host.pane('People').click();
  await host.page.getByRole('button', { name: 'More about Eve (guest)' }).click();
  await host.page.getByRole('menuitem', { name: 'Ban…' }).click();
  await expect(host.page.getByLabel('Also delete the invite they came by')).toBeChecked();
  await host.page.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'No such session for you' })).toBeVisible();
  await expect(host.page.getByRole('button', { name: 'Lift the ban on Eve (guest)' })).toBeVisible();

  const again = await visit(null);
  await again.goto(address);
  await enter(again, 'Somebody else');
  await expect(again.getByRole('alert').getByText('ask for a new link')).toBeVisible();
  await host.page.getByRole('button', { name: 'Lift the ban on Eve (guest)' }).click();
  await expect(host.page.getByRole('button', { name: /^Lift/ })).toHaveCount(0);
  for (const one of [page, again]) one.watch.forgive(/ 40[134] /);
});

test('a stranger forks a public session and sees where it comes from', async ({ visit, account }) => {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ title: 'Origin', visibility: 'public', files: FILES });
  const page = await visit(bob);
  await Workspace.open(page, session);
  await page.getByRole('button', { name: 'Session menu' }).click();
  await page.getByRole('menuitem', { name: 'Fork…' }).click();
  await page.getByRole('button', { name: 'Fork', exact: true }).click();
  await expect(page.getByLabel('Session title')).toHaveValue('Origin (fork)');
  const fork = await Workspace.ready(page);
  await fork.expectText('# shared\n');
  await fork.type('end', '# mine');
  await fork.expectSaved();
  await page.getByRole('button', { name: 'Session menu' }).click();
  await page.getByRole('menuitem', { name: 'Forked from “Origin”' }).click();
  await expect(page.getByRole('heading', { name: 'Origin', exact: true })).toBeVisible();
  await (await Workspace.ready(page)).expectText('# shared\n');
});

test('a deletion is undone at once, or later from the list', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ title: 'Precious', files: FILES });
  const page = await visit(ada);
  await Workspace.open(page, session);
  const remove = async () => {
    await page.getByRole('button', { name: 'Session menu' }).click();
    await page.getByRole('menuitem', { name: 'Delete session…' }).click();
    await page.getByRole('button', { name: 'Delete session', exact: true }).click();
    await expect(page.getByText('“Precious” was deleted.')).toBeVisible();
  };
  await remove();
  await page.getByRole('button', { name: 'Undo' }).click();
  await (await Workspace.ready(page)).expectText('# shared\n');

  await remove();
  await expect(page.getByText('You have no sessions yet.')).toBeVisible();
  await page.getByText('Deleted', { exact: true }).click();
  await page.getByRole('button', { name: 'Restore Precious' }).click();
  await (await Workspace.ready(page)).expectText('# shared\n');
});

test('an owner hands the session over', async ({ visit, account }) => {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ files: FILES });
  await join(ada, session, bob, 'viewer');
  const old = await Workspace.open(await visit(ada), session);
  const heir = await Workspace.open(await visit(bob), session);
  await old.pane('People').click();
  await old.page.getByRole('button', { name: 'More about Bob' }).click();
  await old.page.getByRole('menuitem', { name: 'Make owner…' }).click();
  await old.page.getByRole('button', { name: 'Make owner', exact: true }).click();
  await expect(heir.page.getByText('You are a viewer here')).toHaveCount(0);
  await heir.pane('People').click();
  await heir.page.getByLabel('Role of Ada').selectOption('editor');
  await expect(old.page.getByLabel('Role of Bob')).toHaveCount(0);
  await heir.type('end', '# by Bob');
  await old.expectText('# shared\n# by Bob');
});

test('an invite is made for a role, a time and a number of uses, and taken back', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ visibility: 'link', files: FILES });
  const { page } = await Workspace.open(await visit(ada), session);
  await page.getByRole('button', { name: 'Session menu' }).click();
  await page.getByRole('menuitem', { name: 'Invites…' }).click();
  await page.getByLabel('Joins as').selectOption('viewer');
  await page.getByLabel('Expires').selectOption('In a day');
  await page.getByLabel('Uses at most').fill('3');
  await page.getByRole('button', { name: 'Make an invite' }).click();
  const row = page.getByRole('listitem').filter({ hasText: 'Joins as viewer' });
  await expect(row).toContainText('used 0 of 3 times');
  await expect(row).toContainText('expires in 24 hours');
  await page.getByRole('button', { name: 'Delete the invite for viewer' }).click();
  await expect(row).toHaveCount(0);
});

test('public sessions are found by their owner, and a new one begins with a template', async ({ visit, account }) => {
  const [ada, bob] = [await account('Adelheid Quux'), await account('Bob')];
  await ada.client.session({ title: 'Lesson', visibility: 'public', files: FILES });
  const page = await visit(bob);
  await page.goto('/');
  await page.getByText('Public', { exact: true }).click();
  await page.getByLabel('Search sessions').fill('adelheid');
  await expect(page.getByRole('link', { name: /Lesson/ })).toContainText('Adelheid Quux');
  await page.getByLabel('Language', { exact: true }).selectOption('go');
  await expect(page.getByText('No session matches')).toBeVisible();

  await page.getByRole('button', { name: 'New session' }).click();
  await page.getByRole('dialog').getByText('Python', { exact: true }).click();
  await page.getByText('Algorithm with tests').click();
  await page.getByRole('button', { name: 'Create session' }).click();
  const one = await Workspace.ready(page);
  await expect(one.tabs).toContainText('search.py');
  await one.runButton.click();
  await one.expectRun('Bob', 'Finished', '5 of 5 passed');
});
