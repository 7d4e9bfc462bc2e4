// Two people at the terminal of one running program.

import AxeBuilder from '@axe-core/playwright';

import { join } from '../lib/people.mjs';
import { expect, test } from './fixtures.mjs';
import { Workspace } from './workspace.mjs';

const PROGRAM = `import os
print('terminal:', os.isatty(0))
while True:
    name = input('name? ')
    print(f'hello {name}!')
`;

async function pair({ visit, account }, role = 'editor', options = {}) {
  const [ada, bob] = [await account('Ada'), await account('Bob')];
  const session = await ada.client.session({ files: [{ path: 'main.py', content: PROGRAM }] });
  await join(ada, session, bob, role);
  const first = await Workspace.open(await visit(ada), session);
  const second = await Workspace.open(await visit(bob, options), session);
  return { first, second, ada, bob, session };
}

const terminal = (workspace) => workspace.output.getByRole('textbox', { name: 'Terminal input' });

/** Ada starts the program in a terminal. */
async function start({ page, runButton, output }) {
  await page.getByLabel('Interactive').check({ force: true });
  await runButton.click();
  await expect(output).toContainText('terminal: True');
}

test('either types into the running program, and both see it', async ({ visit, account }) => {
  const { first, second } = await pair({ visit, account });
  await start(first);
  await expect(second.output).toContainText('name? ');
  await terminal(second).focus();
  await second.page.keyboard.type('Bob');
  await second.page.keyboard.press('Enter');
  for (const { output } of [first, second]) await expect(output).toContainText('hello Bob!');

  await terminal(first).focus();
  await first.page.keyboard.type('Adam');
  await first.page.keyboard.press('Backspace');
  await first.page.keyboard.type(' & Eve');
  await first.page.keyboard.press('Enter');
  for (const { output } of [first, second]) await expect(output).toContainText('hello Ada & Eve!');

  await second.page.getByRole('button', { name: 'Interrupt' }).click();
  for (const { output, runStatus } of [first, second]) {
    await expect(output).toContainText('KeyboardInterrupt');
    await expect(runStatus).toHaveText('Interrupted');
  }
  await expect(first.page.getByLabel('Standard input')).toBeVisible();
});

test('Ctrl+D ends the input, Ctrl+Z does nothing, and Shift+Tab leaves', async ({ visit, account }) => {
  const { first } = await pair({ visit, account });
  await start(first);
  await terminal(first).focus();
  await first.page.keyboard.press('Shift+Tab');
  await expect(terminal(first)).not.toBeFocused();
  await terminal(first).focus();
  await first.page.keyboard.press('Control+z');
  await first.page.keyboard.type('Ada\n');
  await expect(first.output).toContainText('hello Ada!');
  await first.page.keyboard.press('Control+d');
  await expect(first.output).toContainText('EOFError');
  await expect(first.runStatus).toHaveText('Failed');
});

test('a viewer watches and cannot type, and whoever comes late sees it all', async ({ visit, account }) => {
  const { first, second, ada, session } = await pair({ visit, account }, 'viewer');
  const eve = await account('Eve');
  await join(ada, session, eve, 'viewer');
  await start(first);
  await terminal(first).focus();
  await first.page.keyboard.type('Ada\n');
  await expect(second.output).toContainText('hello Ada!');
  await terminal(second).focus();
  await second.page.keyboard.type('Bob\n');
  await expect(second.page.getByRole('button', { name: 'Interrupt' })).toHaveCount(0);
  const late = await Workspace.open(await visit(eve), session);
  await expect(late.output).toContainText('hello Ada!');
  await expect(first.output).not.toContainText('Bob');
  await first.runButton.click();
  for (const { runStatus } of [first, second, late]) await expect(runStatus).toHaveText('Stopped');
  await first.page.reload();
  await expect(first.output).toContainText('hello Ada!');
  await expect(first.page.getByLabel('Interactive')).toBeChecked();
});

test('the program sees the size of the terminal', async ({ visit, account }) => {
  const { first } = await pair({ visit, account });
  const show = "import os, signal\nshow = lambda *_: print('size', os.get_terminal_size().columns)\n";
  await first.fill(
    `${show}signal.signal(signal.SIGWINCH, show)\nprint('terminal:', os.isatty(0))\nwhile True: input()\n`,
  );
  await start(first);
  const columns = () => first.output.textContent().then((text) => [...text.matchAll(/size (\d+)/g)].map((m) => +m[1]));
  await first.page.setViewportSize({ width: 1100, height: 720 });
  await expect.poll(async () => (await columns()).length).toBeGreaterThan(0);
  const before = (await columns()).at(-1);
  await first.page.setViewportSize({ width: 1500, height: 720 });
  await expect.poll(async () => (await columns()).at(-1)).toBeGreaterThan(before);
});

test('works on a phone, in the dark, and for a screen reader', async ({ visit, account }) => {
  const options = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, colorScheme: 'dark' };
  const { first, second } = await pair({ visit, account }, 'editor', options);
  await start(first);
  await second.pane('Output').tap();
  await second.output.tap();
  await second.page.keyboard.type('phone\n');
  for (const { output } of [first, second]) await expect(output).toContainText('hello phone!');
  const { width } = await second.output.boundingBox();
  expect(width).toBeLessThanOrEqual(360);
  for (const [name, { page }] of Object.entries({ wide: first, phone: second })) {
    await page.screenshot({ path: `test-results/screens/terminal-${name}.png` });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
  await second.page.getByRole('button', { name: 'End input' }).tap();
  await expect(first.output).toContainText('EOFError');
});

test('a run without a terminal takes lines', async ({ visit, account }) => {
  const { first, second, ada, session } = await pair({ visit, account });
  const code = "for _ in range(2): print('got', input(), flush=True)\ninput()";
  const request = { language: 'python', code, interactive: true, session_id: session.id };
  (await ada.client.post('/executions', request)).expect(202);
  const line = ({ page }) => page.getByLabel('Line for the program');
  await line(first).fill('one');
  await first.page.keyboard.press('Enter');
  for (const { output } of [first, second]) await expect(output).toContainText('got one');
  await line(second).fill('two');
  await second.page.getByRole('button', { name: 'Send' }).click();
  for (const { output } of [first, second]) await expect(output).toContainText('got two');
  await line(second).press('Control+d');
  for (const { runStatus } of [first, second]) await expect(runStatus).toHaveText('Failed');
});
