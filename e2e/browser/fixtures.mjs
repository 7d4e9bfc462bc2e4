// What browser tests share: the server, and people with a browser each whose pages must be without fault.

import { expect, test as base } from '@playwright/test';

import { newUser } from '../lib/people.mjs';
import { Server } from '../lib/server.mjs';

export { expect } from '@playwright/test';

/**
 * What the browser itself reports without there being a fault: whoever is not signed in has no
 * login to refresh, and what is asked for while the server is down cannot be had.
 */
const EXPECTED = [/\/api\/v1\/auth\/refresh.* 401 /, /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)/];

/** Collects everything that a page complains about: errors, and violations of its security policy. */
class Watch {
  faults = [];

  constructor(context) {
    context.on('weberror', (error) => this.faults.push(`uncaught: ${error.error().stack}`));
    context.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      this.#note(`${message.location().url} ${message.text()} `);
    });
  }

  #note(text) {
    if (!EXPECTED.some((pattern) => pattern.test(text))) this.faults.push(text);
  }

  /** Lets faults pass that the test itself brings about. */
  forgive(pattern) {
    const mine = this.faults.filter((fault) => !pattern.test(fault));
    this.faults = mine;
  }
}

export const test = base.extend({
  /** The executable, one for all tests of a worker. */
  server: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of fixtures here
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  /** What the server said meanwhile, for a test that fails. */
  serverLog: [
    async ({ server }, use, info) => {
      const from = server.log.length;
      await use();
      if (info.status === info.expectedStatus) return;
      await info.attach('server log', { body: server.log.slice(from), contentType: 'text/plain' });
    },
    { auto: true },
  ],

  /** Opens a browser for one more person: signed in as a new user unless `user` is null. */
  visit: async ({ browser, server }, use) => {
    const opened = [];
    await use(async (user, options = {}) => {
      const context = await browser.newContext({ baseURL: server.url, ...options });
      await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
      const watch = new Watch(context);
      if (user) await context.addCookies([refreshCookie(server, user)]);
      const page = await context.newPage();
      opened.push({ context, watch });
      return Object.assign(page, { watch });
    });
    for (const { context } of opened) await context.close();
    for (const { watch } of opened) expect(watch.faults).toEqual([]);
  },

  /** Makes a new user of the server, under a display name. */
  account: async ({ server }, use) => {
    await use((name) => newUser(server, name.replace(/\W/g, ''), name));
  },
});

function refreshCookie(server, user) {
  return {
    name: 'codecrafter_refresh',
    value: user.refreshToken,
    domain: new URL(server.url).hostname,
    path: '/api/v1/auth',
    httpOnly: true,
    sameSite: 'Strict',
  };
}
