// The workspace as a person sees and uses it.

import { expect } from '@playwright/test';

export const PROGRAM = `import sys
name = sys.stdin.readline().strip() or "world"
print(f"Hello, {name}!")
`;

/** An open session in somebody's browser. */
export class Workspace {
  constructor(page) {
    this.page = page;
    this.editor = page.getByTestId('editor');
    this.output = page.getByTestId('output');
    this.runButton = page.getByTestId('run-button');
    this.runBy = page.getByTestId('run-by');
    this.runStatus = page.getByTestId('run-status');
    this.saveState = page.getByTestId('save-state');
    this.presence = page.getByTestId('presence');
    this.messages = page.getByTestId('chat-message');
    this.lines = page.getByTestId('chat-line');
    this.carets = page.locator('.cc-caret');
    this.tabs = page.getByRole('tablist', { name: 'Open file' });
  }

  static async open(page, session) {
    await page.goto(`/s/${session.id}`);
    return Workspace.ready(page);
  }

  /** For a page that is on its way to a session already. */
  static async ready(page) {
    const workspace = new Workspace(page);
    await expect(workspace.editor).toBeVisible();
    return workspace;
  }

  /** The text in the editor, without the names beside other people's cursors. */
  text() {
    return this.editor.evaluate((content) => {
      const copy = content.cloneNode(true);
      for (const caret of copy.querySelectorAll('.cc-caret')) caret.remove();
      return [...copy.querySelectorAll('.cm-line')].map((line) => line.textContent).join('\n');
    });
  }

  async expectText(text) {
    await expect.poll(() => this.text()).toEqual(text);
  }

  /** Replaces the whole text, as pasting does. */
  async fill(text) {
    await this.editor.click();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
  }

  /** Puts the cursor at the start or the end and types key by key. */
  async type(where, text, delay = 0) {
    await this.editor.click();
    await this.page.keyboard.press(where === 'start' ? 'ControlOrMeta+Home' : 'ControlOrMeta+End');
    await this.page.keyboard.type(text, { delay });
  }

  /** Whether everything typed here is stored. */
  async expectSaved() {
    await expect(this.saveState).toHaveText('Saved', { timeout: 15_000 });
  }

  async expectRun(name, status, output) {
    await expect(this.runBy).toContainText(`${name} ran`);
    await expect(this.runStatus).toHaveText(status, { timeout: 20_000 });
    await expect(this.output).toContainText(output);
  }

  pane(name) {
    return this.page.getByRole('tab', { name, exact: true });
  }

  async openChat() {
    await this.page.getByRole('tab', { name: /^Chat/ }).click();
    await expect(this.page.getByRole('region', { name: 'Chat' })).toBeVisible();
  }

  /** Writes in the open chat. */
  async say(text) {
    const field = this.page.getByLabel('Message', { exact: true });
    await field.fill(text);
    await field.press('Enter');
    await expect(field).toHaveValue('');
  }
}
