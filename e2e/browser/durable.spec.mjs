// Nothing typed is lost: not by reloading, not by a crash of the server, not by being offline.

import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

async function pair({ visit, account }) {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ files: [{ path: 'main.py', content: '' }] });
  await join(ada, session, bob, 'editor');
  const one = await Workspace.open(await visit(ada), session);
  const other = await Workspace.open(await visit(bob), session);
  return { one, other };
}

test('a reload keeps the text, the output and who ran it', async ({ visit, account }) => {
  const { one } = await pair({ visit, account });
  await one.fill('print("kept")\n');
  await one.runButton.click();
  await one.expectRun('Ada', 'Finished', 'kept');
  await one.expectSaved();
  await one.page.reload();
  await one.expectText('print("kept")\n');
  await one.expectRun('Ada', 'Finished', 'kept');
});

test('a crash of the server loses nothing, and the pages come back by themselves', async ({
  visit,
  account,
  server,
}) => {
  const { one, other } = await pair({ visit, account });
  await one.fill('# before the crash\n');
  await other.expectText('# before the crash\n');
  await one.expectSaved();

  await server.kill();
  for (const workspace of [one, other]) {
    await expect(workspace.saveState).toHaveText('Offline');
    await expect(workspace.page.getByText('Offline: kept on this device')).toBeVisible();
  }
  await one.type('end', '# by Ada, offline ');
  await other.type('start', '# by Bob, offline ');
  await server.restart();

  const merged = '# by Bob, offline # before the crash\n# by Ada, offline ';
  for (const workspace of [one, other]) {
    await expect.poll(() => workspace.text(), { timeout: 20_000 }).toEqual(merged);
    await workspace.expectSaved();
    await expect(workspace.presence).toHaveAttribute('aria-label', '2 here: Ada, Bob', { timeout: 20_000 });
  }
  await other.fill('print("after the crash")\n');
  await other.runButton.click();
  for (const workspace of [one, other]) await workspace.expectRun('Bob', 'Finished', 'after the crash');

  await other.expectSaved();
  await server.kill();
  await server.restart();
  await other.page.reload();
  await other.expectText('print("after the crash")\n');
});

test('what is typed without network arrives when it is back', async ({ visit, account }) => {
  const { one, other } = await pair({ visit, account });
  const context = one.page.context();
  await context.setOffline(true);
  await one.type('end', '# typed in a tunnel');
  await context.setOffline(false);
  await other.expectText('# typed in a tunnel');
  await one.expectSaved();
  one.page.watch.forgive(/ERR_INTERNET_DISCONNECTED/);
});
