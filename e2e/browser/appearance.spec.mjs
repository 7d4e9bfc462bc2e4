// Light and dark, wide and phone: usable by everybody, and pictures of all of it for a person to review.

import { join, newGuest } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { PHONE, review, settle, WIDE } from './review.mjs';
import { Workspace } from './workspace.mjs';

const CONTENT = `import time

def primes(limit):
    """Yields all primes below a limit."""
    sieve = [True] * limit
    for number in range(2, limit):
        if sieve[number]:
            yield number
            for multiple in range(number * number, limit, number):
                sieve[multiple] = False

for prime in primes(40):
    print(prime, end=" ", flush=True)
print()
`;

for (const colorScheme of ['light', 'dark']) {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
    const look = `${colorScheme}-${size}`;

    test(`pages without an account, ${look}`, async ({ visit }) => {
      const page = await visit(null, { colorScheme, ...options });
      for (const [name, path] of Object.entries({
        start: '/',
        login: '/login',
        register: '/register',
        none: '/none',
      })) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await review(page, `${name}-${look}`);
      }
    });

    test(`the list of sessions, ${look}`, async ({ visit, account }) => {
      const ada = await account('Ada');
      const page = await visit(ada, { colorScheme, ...options });
      await page.goto('/');
      await expect(page.getByText('You have no sessions yet.')).toBeVisible();
      await review(page, `sessions-empty-${look}`);
      for (const [title, visibility] of [
        ['Sorting algorithms, lesson 3', 'public'],
        ['Interview', 'link'],
        ['A private place to try things that has a very long title, longer than a phone is wide', 'private'],
      ]) {
        await ada.client.session({ title, visibility });
      }
      await page.reload();
      await expect(page.getByRole('link', { name: /Interview/ })).toBeVisible();
      await review(page, `sessions-${look}`);
      await page.getByRole('button', { name: 'New session' }).click();
      await expect(page.getByRole('dialog').getByText('Python', { exact: true })).toBeVisible();
      await review(page, `new-session-${look}`);
    });

    test(`coming and going, ${look}`, async ({ visit, account, server }) => {
      const [ada, bob] = [await account('Ada Lovelace'), await account('Grace Hopper')];
      const fields = { title: 'Interview', visibility: 'link', files: [{ path: 'main.py', content: CONTENT }] };
      const session = await ada.client.session(fields);
      await join(ada, session, bob, 'editor');
      const guest = await newGuest(server, ada, session, 'Eve');
      (await ada.client.post(`/sessions/${session.id}/bans`, { user_id: guest.id })).expect(201);
      await newGuest(server, ada, session, 'Gina');
      (await ada.client.patch(`/sessions/${session.id}`, { waiting_room: true })).expect(200);
      const [{ token }] = (await ada.client.get(`/sessions/${session.id}/invites`)).expect(200).body.items;
      const visitor = await visit(null, { colorScheme, ...options });
      await visitor.goto(`/s/${session.id}?invite=${token}`);
      await expect(visitor.getByLabel('Your name')).toBeVisible();
      await review(visitor, `guest-${look}`);
      await visitor.getByLabel('Your name').fill('Hugo');
      await visitor.getByRole('button', { name: 'Join', exact: true }).click();
      await expect(visitor.getByRole('heading', { name: 'Waiting to be let in' })).toBeVisible();
      await review(visitor, `waiting-${look}`);

      const host = await Workspace.open(await visit(ada, { colorScheme, ...options }), session);
      const { page } = host;
      await host.pane('People').click();
      await expect(page.getByRole('heading', { name: 'Banned' })).toBeVisible();
      await expect(page.getByRole('button', { name: 'Admit Hugo (guest)' }).last()).toBeVisible();
      await review(page, `session-door-${look}`);
      const menu = page.getByRole('button', { name: 'Session menu' });
      await menu.click();
      // Its library gives an open menu a place for the focus that the rules do not know: a picture only.
      await page.evaluate(settle);
      await page.screenshot({ path: `test-results/screens/session-menu-${look}.png` });
      await page.getByRole('menuitem', { name: 'Invites…' }).click();
      await expect(page.getByText('Joins as editor').first()).toBeVisible();
      await review(page, `invites-${look}`);
      await page.keyboard.press('Escape');
      await menu.click();
      await page.getByRole('menuitem', { name: 'Session settings…' }).click();
      await expect(page.getByLabel('Participants at most')).toBeVisible();
      await review(page, `session-settings-${look}`);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More about Gina (guest)' }).click();
      await page.getByRole('menuitem', { name: 'Ban…' }).click();
      await expect(page.getByRole('button', { name: 'Ban', exact: true })).toBeVisible();
      await review(page, `ban-${look}`);
      await ada.client.delete(`/sessions/${(await ada.client.session({ title: 'Old' })).id}`);
      await page.goto('/');
      await page.getByText('Deleted', { exact: true }).click();
      await expect(page.getByRole('button', { name: 'Restore Old' })).toBeVisible();
      await review(page, `sessions-deleted-${look}`);
    });

    test(`a session, ${look}`, async ({ visit, account }) => {
      const [ada, bob] = [await account('Ada Lovelace'), await account('Grace Hopper')];
      const files = [
        { path: 'main.py', content: CONTENT },
        { path: 'notes/todo.py', content: '# nothing\n' },
      ];
      const session = await ada.client.session({ title: 'Prime numbers', visibility: 'link', files });
      await join(ada, session, bob, 'editor');
      const other = await Workspace.open(await visit(bob), session);
      const one = await Workspace.open(await visit(ada, { colorScheme, ...options }), session);
      const { page } = one;
      await expect(one.presence).toHaveAttribute('aria-label', /^2 here/);
      await other.type('end', 'print("done")');
      await expect(one.carets).toHaveText('Grace Hopper');
      await one.runButton.click();
      await one.expectRun('Ada Lovelace', 'Finished', '37');
      await expect(page.getByText('Memory')).toBeVisible();
      if (size === 'phone') {
        await review(page, `session-output-${look}`);
        await one.pane('Editor').click();
      }
      await review(page, `session-${look}`);
      await one.pane('People').click();
      await expect(page.getByLabel('Role of Grace Hopper')).toBeVisible();
      await review(page, `session-people-${look}`);
      await one.pane('Runs').click();
      await expect(page.getByRole('button', { name: /Ada Lovelace.*Finished/ })).toBeVisible();
      await review(page, `session-runs-${look}`);
      await page.getByTestId('share-button').click();
      await expect(page.getByLabel('Link', { exact: true })).toBeVisible();
      await review(page, `session-share-${look}`);
    });

    test(`the history, ${look}`, async ({ visit, account }) => {
      const [ada, bob] = [await account('Ada Lovelace'), await account('Grace Hopper')];
      const session = await ada.client.session({ files: [{ path: 'main.py', content: CONTENT }] });
      await join(ada, session, bob, 'editor');
      const other = await Workspace.open(await visit(bob), session);
      (await ada.client.post(`/sessions/${session.id}/snapshots`, { name: 'It works' })).expect(201);
      await other.type('end', 'print("done")', 10);
      await other.expectSaved();
      await ada.client.run({ language: 'python', code: `${CONTENT}print("done")`, session_id: session.id });
      const one = await Workspace.open(await visit(ada, { colorScheme, ...options }), session);
      const { page } = one;
      await one.pane('History').click();
      await expect(page.getByText('Before a run')).toBeVisible();
      await review(page, `history-${look}`);
      await page.getByText('It works').click();
      await expect(page.getByTestId('diff')).toContainText('+print("done")');
      await review(page, `history-diff-${look}`);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'Play back' }).click();
      await page.getByRole('button', { name: /Ada Lovelace ran/ }).click();
      await expect(page.getByTestId('author')).toHaveText('Grace Hopper');
      await expect(page.getByTestId('output')).toContainText('37');
      await review(page, `playback-${look}`);
    });
  }
}

for (const colorScheme of ['light', 'dark']) {
  for (const [size, options] of Object.entries({ wide: WIDE, phone: PHONE })) {
    const look = `${colorScheme}-${size}`;

    test(`chat, notes and following, ${look}`, async ({ visit, account }) => {
      const [ada, bob] = [await account('Ada Lovelace'), await account('Grace Hopper')];
      const session = await ada.client.session({
        title: 'Prime numbers',
        files: [{ path: 'main.py', content: CONTENT }],
      });
      await join(ada, session, bob, 'editor');
      const other = await Workspace.open(await visit(bob), session);
      await other.openChat();
      await other.say('Why does `sieve` start at *all true*?');
      await other.say(`@${ada.username}, see https://en.wikipedia.org/wiki/Sieve_of_Eratosthenes#Pseudocode`);
      await ada.client.post(`/sessions/${session.id}/messages`, {
        text: 'Because nothing is crossed out yet.\nWatch:',
      });
      const gone = await ada.client.post(`/sessions/${session.id}/messages`, { text: 'typo' });
      await ada.client.delete(`/sessions/${session.id}/messages/${gone.body.id}`);
      const one = await Workspace.open(await visit(ada, { colorScheme, ...options }), session);
      const { page } = one;
      await one.runButton.click();
      await one.expectRun('Ada Lovelace', 'Finished', '37');
      await other.say('Ah, I see.');
      await expect(page.getByTestId('unread')).toContainText('3');
      await review(page, `chat-unread-${look}`);
      await one.openChat();
      await expect(page.getByTestId('unread')).toHaveCount(0);
      await expect(one.lines.last()).toContainText('finished');
      await other.page.getByLabel('Message', { exact: true }).pressSequentially('and');
      await expect(page.getByTestId('typing')).toContainText('Grace Hopper');
      await page.getByLabel('Message', { exact: true }).pressSequentially('thanks @gr');
      await expect(page.getByRole('listbox', { name: 'People to mention' }).getByRole('option')).toHaveCount(1);
      await review(page, `chat-${look}`);
      await page.getByText('Private notes').click();
      await page.getByRole('textbox', { name: 'Private notes' }).fill('Asks good questions.\nKnows loops.');
      await expect(page.getByTestId('notes-state')).toContainText('Saved');
      await review(page, `notes-${look}`);
      if (size === 'phone') await one.pane('Editor').click();
      await one.presence.getByRole('button', { name: 'Grace Hopper' }).click();
      await page.getByRole('menuitem', { name: 'Follow' }).click();
      await expect(page.getByTestId('following')).toBeVisible();
      await review(page, `follow-${look}`);
      await other.page.getByRole('button', { name: 'Bring everyone here' }).click();
      await expect(page.getByText('Grace Hopper brought everyone')).toBeVisible();
      await review(page, `gather-${look}`);
    });
  }
}

test('on a phone one writes and runs with what is in reach', async ({ visit, account }) => {
  const ada = await account('Ada');
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  const one = await Workspace.open(await visit(ada, PHONE), session);
  await one.editor.tap();
  await one.page.keyboard.insertText('print("from a phone")\n');
  await one.runButton.tap();
  await one.expectRun('Ada', 'Finished', 'from a phone');
  await one.pane('Editor').tap();
  await one.expectText('print("from a phone")\n');
});

test('the theme is switched by hand, and stays', async ({ visit, account }) => {
  const page = await visit(await account('Ada'), { colorScheme: 'light' });
  await page.goto('/');
  await page.getByRole('button', { name: 'Dark theme' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('the keyboard alone is enough to make a session and run it', async ({ visit, account }) => {
  const page = await visit(await account('Ada'));
  await page.goto('/');
  await page.getByRole('button', { name: 'New session' }).first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Create session' })).toBeEnabled();
  await page.getByLabel('Title (optional)').focus();
  await page.keyboard.press('Enter');
  const one = await Workspace.ready(page);
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(one.runStatus).toHaveText('Finished', { timeout: 20_000 });
});
