// What a browser does between sites, without one: follows redirects, keeps cookies, sends forms.

import assert from 'node:assert/strict';

const MOST_HOPS = 20;

export class FetchBrowser {
  /** Cookies by origin, name and path. */
  #jar = new Map();
  /** The addresses of the last journey. */
  hops = [];

  /** Goes to an address and on, until a page comes or `until` says that this is far enough. */
  async open(address, { method = 'GET', form, headers = {}, until = () => false } = {}) {
    let url = new URL(address);
    this.hops = [];
    for (let hop = 0; hop < MOST_HOPS; hop += 1) {
      this.hops.push(url.href);
      const response = await this.#fetch(url, method, form, headers);
      const to = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || to === null) {
        return { url, status: response.status, headers: response.headers, text: await response.text() };
      }
      await response.arrayBuffer();
      url = new URL(to, url);
      if (until(url)) return { url, status: response.status, headers: response.headers, text: '' };
      [method, form] = ['GET', undefined];
    }
    assert.fail(`goes round in circles: ${this.hops.join(' → ')}`);
  }

  /** Sends the form of a page, with what is hidden in it. */
  submit(page, fields, options) {
    const action = /<form[^>]*action="([^"]*)"/.exec(page.text)?.[1];
    assert.ok(action, `there is a form: ${page.status} ${page.url} ${page.text.slice(0, 500)}`);
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
    const form = { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields };
    return this.open(new URL(action, page.url), { method: 'POST', form, ...options });
  }

  /** What a script of the page would send. */
  post(address, body = {}) {
    const url = new URL(address);
    const headers = { 'content-type': 'application/json', 'x-requested-with': 'test' };
    return this.#fetch(url, 'POST', JSON.stringify(body), headers);
  }

  cookie(address, name) {
    return this.#cookies(new URL(address)).find((cookie) => cookie.name === name);
  }

  /** Takes what an answer to somebody else's request would have had this browser keep. */
  keep(address, headers) {
    for (const line of headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const [name, ...value] = pair.split('=');
      const of = Object.fromEntries(
        attributes.map((one) => one.split('=')).map(([key, text]) => [key.toLowerCase(), text]),
      );
      const path = of.path ?? '/';
      const origin = new URL(address).origin;
      const gone = of['max-age'] === '0' || (of.expires && new Date(of.expires) < new Date());
      const key = `${origin} ${name} ${path}`;
      if (gone) this.#jar.delete(key);
      else this.#jar.set(key, { origin, name, path, value: value.join('='), attributes: of });
    }
  }

  #cookies(url) {
    const sent = ({ origin, path }) =>
      origin === url.origin && `${url.pathname}/`.startsWith(path.replace(/\/?$/, '/'));
    return [...this.#jar.values()].filter(sent);
  }

  async #fetch(url, method, body, headers) {
    const cookie = this.#cookies(url).map(({ name, value }) => `${name}=${value}`);
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(cookie.length > 0 && { cookie: cookie.join('; ') }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : new URLSearchParams(body) }),
    });
    this.keep(url, response.headers);
    return response;
  }
}
