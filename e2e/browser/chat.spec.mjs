// Two people talk beside their code: what one writes, edits and deletes the other sees, and knows what is new.

import { EventSocket } from '../lib/events.mjs';
import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

async function pair({ visit, account }, role = 'editor') {
  const [ada, bob] = [await account('Ada Lovelace'), await account('Bob')];
  const session = await ada.client.session({ files: [{ path: 'main.py', content: 'print("hello")\n' }] });
  await join(ada, session, bob, role);
  const one = await Workspace.open(await visit(ada), session);
  const two = await Workspace.open(await visit(bob), session);
  return { ada, bob, session, one, two };
}

const last = (workspace) => workspace.messages.last();

test('two people talk; a message is edited and deleted by who wrote it', async ({ visit, account }) => {
  const { one, two } = await pair({ visit, account }, 'viewer');
  for (const workspace of [one, two]) await workspace.openChat();
  await two.say('hello <b>Ada</b>, see `x < y` at https://example.org/a.');
  await expect(last(one)).toContainText('Bob');
  await expect(last(one)).toContainText('hello <b>Ada</b>, see x < y at https://example.org/a.');
  await expect(last(one).locator('code')).toHaveText('x < y');
  const link = last(one).getByRole('link');
  await expect(link).toHaveAttribute('href', 'https://example.org/a');
  await expect(link).toHaveAttribute('rel', /noopener/);
  await expect(two.page.getByLabel('Message', { exact: true })).toHaveValue('');

  await last(two).hover();
  await last(two).getByRole('button', { name: /^Edit/ }).click();
  await two.page.getByLabel('Edit message').fill('hello again');
  await two.page.keyboard.press('Enter');
  await expect(last(one)).toContainText('hello again (edited)');
  await one.say('mine');
  await expect(last(two)).toContainText('mine');
  await last(two).hover();
  await expect(last(two).getByRole('button', { name: /^(Edit|Delete)/ })).toHaveCount(0);

  const first = two.messages.first();
  await first.hover();
  await first.getByRole('button', { name: /^Delete/ }).click();
  await expect(one.messages.first()).toContainText('Message deleted');
  await expect(one.page.getByText('hello again')).toHaveCount(0);
  await last(one).hover();
  await last(one)
    .getByRole('button', { name: /^Delete/ })
    .click();
  await expect(last(two)).toContainText('Message deleted');
});

test('what is unread is counted, names are offered, and who is named sees it', async ({ visit, account }) => {
  const { bob, one, two } = await pair({ visit, account });
  await one.openChat();
  await one.say('first');
  await expect(two.page.getByTestId('unread')).toHaveText('1(1 unread)');
  await expect(two.page.getByRole('log', { name: 'New messages' })).toHaveText('Ada Lovelace: first');

  const field = one.page.getByLabel('Message', { exact: true });
  await field.pressSequentially('look here @bo');
  await expect(one.page.getByRole('option', { name: /Bob/ })).toHaveAttribute('aria-selected', 'true');
  await field.press('Enter');
  await expect(field).toHaveValue(`look here @${bob.username} `);
  await field.press('Enter');
  await expect(two.page.getByTestId('unread')).toHaveText('@2(2 unread, 1 for you)');
  await two.openChat();
  await expect(last(two)).toHaveAttribute('data-mentions-me', 'true');
  await expect(two.page.getByTestId('unread')).toHaveCount(0);
  await expect(one.page.getByTestId('unread')).toHaveCount(0);

  // Another window of the same person knows that it was read.
  const second = await two.page.context().newPage();
  const window = await Workspace.open(second, { id: two.page.url().split('/').pop() });
  await window.pane('People').click();
  await two.pane('People').click();
  await one.say('second');
  await expect(window.page.getByTestId('unread')).toHaveText(/^1/);
  await two.openChat();
  await expect(window.page.getByTestId('unread')).toHaveCount(0);
});

test('one sees who is typing, for as long as they do', async ({ visit, account }) => {
  const { one, two } = await pair({ visit, account });
  for (const workspace of [one, two]) await workspace.openChat();
  await one.page.getByLabel('Message', { exact: true }).pressSequentially('well');
  await expect(two.page.getByTestId('typing')).toHaveText('Ada Lovelace is typing…');
  await expect(one.page.getByTestId('typing')).toHaveText('');
  await expect(two.page.getByTestId('typing')).toHaveText('');
  await one.page.getByLabel('Message', { exact: true }).pressSequentially('…');
  await expect(two.page.getByTestId('typing')).toHaveText('Ada Lovelace is typing…');
  await one.page.getByLabel('Message', { exact: true }).press('Enter');
  await expect(last(two)).toContainText('well…');
  await expect(two.page.getByTestId('typing')).toHaveText('');
  for (const word of ['one', 'two', 'three', 'four', 'five']) {
    await one.page.getByLabel('Message', { exact: true }).pressSequentially(word);
    await expect(two.page.getByTestId('typing')).toHaveText('Ada Lovelace is typing…');
    await one.page.getByLabel('Message', { exact: true }).press('Enter');
    await expect(last(two)).toContainText(word);
  }
});

test('runs, joins and roles stand between the messages, and a run does not close the chat of another', async ({
  visit,
  account,
}) => {
  const { ada, bob, session, one, two } = await pair({ visit, account });
  await two.openChat();
  await one.runButton.click();
  await expect(one.output).toContainText('hello');
  await expect(two.lines.last()).toContainText('Ada Lovelace ran the program (python): finished');
  await join(ada, session, bob, 'viewer');
  await two.openChat();
  await expect(two.lines.last()).toContainText('Ada Lovelace made Bob viewer');
  await expect(two.lines.first()).toContainText('Ada Lovelace added Bob as editor');
  await expect(two.page.getByText('Today')).toBeVisible();
  await two.page.reload();
  await Workspace.ready(two.page);
  await two.openChat();
  await expect(two.lines).toHaveCount(3);
  await expect(two.lines.nth(1)).toContainText('finished');
});

test('older messages come when one scrolls up, and what one reads stays in place', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session();
  for (let index = 1; index <= 120; index += 1) {
    (await ada.client.post(`/sessions/${session.id}/messages`, { text: `message ${index}` })).expect(201);
  }
  const one = await Workspace.open(await visit(ada), session);
  await one.openChat();
  await expect(last(one)).toContainText('message 120');
  await expect(last(one)).toBeInViewport();
  await expect(one.messages).toHaveCount(50);
  const list = one.page.getByRole('group', { name: 'Messages' });
  await list.hover();
  await list.evaluate((element) => (element.scrollTop = 0));
  await expect(one.messages).toHaveCount(100);
  await expect(one.page.getByText('message 71', { exact: true })).toBeInViewport();
  await list.evaluate((element) => (element.scrollTop = 0));
  await expect(one.messages).toHaveCount(120);
  await expect(one.messages.first()).toContainText('message 1');
});

test('a message is not lost when the connection is', async ({ visit, account }) => {
  const { one, two } = await pair({ visit, account });
  for (const workspace of [one, two]) await workspace.openChat();
  await one.page.context().setOffline(true);
  const field = one.page.getByLabel('Message', { exact: true });
  await field.fill('kept');
  await field.press('Enter');
  await one.page.context().setOffline(false);
  await expect(last(two)).toContainText('kept', { timeout: 20_000 });
  await expect(two.messages).toHaveCount(1);
  one.page.watch.forgive(/ERR_INTERNET_DISCONNECTED/);
});

test('notes are shared by the owner and admins, and nobody else receives them', async ({ server, visit, account }) => {
  const [ada, cleo, bob] = [await account('Ada'), await account('Cleo'), await account('Bob')];
  const session = await ada.client.session();
  await join(ada, session, cleo, 'admin');
  await join(ada, session, bob, 'editor');
  const [owner, admin] = [
    await Workspace.open(await visit(ada), session),
    await Workspace.open(await visit(cleo), session),
  ];
  const page = await visit(bob);
  const heard = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(payload)));
  page.on('response', async (response) => {
    if (response.url().includes('/api/')) heard.push(response.url(), await response.text().catch(() => ''));
  });
  const editor = await Workspace.open(page, session);
  const frames = await EventSocket.open(server, session.id, bob.token);
  for (const workspace of [owner, admin]) {
    await workspace.openChat();
    await workspace.page.getByText('Private notes').click();
  }
  await editor.openChat();
  await expect(editor.page.getByText('Private notes')).toHaveCount(0);

  await owner.page.getByRole('textbox', { name: 'Private notes' }).fill('the candidate hesitates');
  await expect(owner.page.getByTestId('notes-state')).toContainText('Saved, by Ada');
  await expect(admin.page.getByRole('textbox', { name: 'Private notes' })).toHaveValue('the candidate hesitates');
  await admin.page.getByRole('textbox', { name: 'Private notes' }).fill('the candidate shines');
  await expect(owner.page.getByRole('textbox', { name: 'Private notes' })).toHaveValue('the candidate shines');

  (await ada.client.post(`/sessions/${session.id}/messages`, { text: 'for all' })).expect(201);
  await expect(last(editor)).toContainText('for all');
  const all = heard.map(String).join('\n') + JSON.stringify(frames.frames);
  expect(all).toContain('for all');
  expect(/.{0,80}(candidate|notes).{0,80}/.exec(all)?.[0]).toBeUndefined();
  frames.destroy();
});

test('whoever writes notes at the same time is asked, and loses nothing', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session();
  const one = await Workspace.open(await visit(ada), session);
  await one.openChat();
  await one.page.getByText('Private notes').click();
  const field = one.page.getByRole('textbox', { name: 'Private notes' });
  await expect(field).toBeVisible();
  let meanwhile = false;
  await one.page.route(/\/notes$/, async (route) => {
    if (route.request().method() === 'PUT' && !meanwhile) {
      meanwhile = true;
      const { version } = route.request().postDataJSON();
      await ada.client.put(`/sessions/${session.id}/notes`, { text: 'theirs', version });
    }
    await route.continue();
  });
  await field.fill('mine');
  await expect(one.page.getByText('Ada changed the notes meanwhile')).toBeVisible();
  await expect(field).toHaveValue('mine');
  await one.page.getByRole('button', { name: 'Keep mine' }).click();
  await expect(one.page.getByTestId('notes-state')).toContainText('Saved');
  expect((await ada.client.get(`/sessions/${session.id}/notes`)).body.text).toBe('mine');
  one.page.watch.forgive(/ 409 /);
});
