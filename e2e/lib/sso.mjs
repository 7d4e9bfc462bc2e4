// Signing in by providers, for tests.

import assert from 'node:assert/strict';

import { Client } from './client.mjs';
import { FetchBrowser } from './fetch-browser.mjs';
import { passPages } from './oidc.mjs';

export const loginOf = (server, name = 'test', query = '') =>
  `${server.url}/api/v1/auth/providers/${name}/login${query}`;
export const callbackOf = (server, name = 'test') => `${server.url}/api/v1/auth/providers/${name}/callback`;

/** Providers as the server's settings in the environment. */
export const providersAre = (providers) => ({ CODECRAFTER_PROVIDERS: written(providers) });

function written(value) {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${key}=${written(one)}`);
  return `{${pairs.join(',')}}`;
}

/** Signs in from the start to the end; gives the browser, where it ended, and what went wrong. */
export async function signIn(server, login, { name = 'test', query = '', browser = new FetchBrowser() } = {}) {
  const page = await passPages(browser, await browser.open(loginOf(server, name, query)), login);
  return { browser, page, problem: page.url.searchParams.get('problem') };
}

/** Who is signed in with a browser, and a client of theirs. */
export async function whoIs(server, browser) {
  const response = await browser.post(`${server.url}/api/v1/auth/refresh`);
  if (response.status !== 200) return null;
  const body = await response.json();
  return { ...body.user, client: new Client(server, body.access_token) };
}

/** Connects the account of a client to a person of a provider, with a browser of its own. */
export async function connect(client, login, { browser = new FetchBrowser(), name = 'test' } = {}) {
  const begun = (await client.post(`/me/identities/${name}`)).expect(200);
  browser.keep(client.server.url, begun.headers);
  const page = await passPages(browser, await browser.open(begun.body.url), login);
  return { page, problem: page.url.searchParams.get('problem') };
}

/** Goes as far as the provider's answer, and gives its address without following it. */
export async function returning(server, login, browser = new FetchBrowser()) {
  const back = ({ pathname, origin }) => origin === server.url && pathname.endsWith('/callback');
  const page = await browser.open(loginOf(server), { until: back });
  const { url } = await passPages(browser, page, login, { until: back });
  assert.ok(back(url), `${url}`);
  return { browser, url };
}
