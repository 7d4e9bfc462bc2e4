// The HTTP API as a program uses it.

import assert from 'node:assert/strict';

/** An answer: its status, headers, and body as text and, where it is JSON, parsed. */
export class Answer {
  constructor(response, text) {
    this.status = response.status;
    this.headers = response.headers;
    this.text = text;
    this.type = (response.headers.get('content-type') ?? '').split(';')[0].trim();
    this.body = /[/+]json$/.test(this.type) && text !== '' ? JSON.parse(text) : null;
  }

  /** This answer, if it has the status. */
  expect(status, what = '') {
    assert.equal(this.status, status, `${what} ${this.text.slice(0, 600)}`);
    return this;
  }
}

export class Client {
  constructor(server, token = null) {
    this.server = server;
    this.token = token;
  }

  get = (path, options) => this.request('GET', path, undefined, options);
  post = (path, body = {}, options) => this.request('POST', path, body, options);
  patch = (path, body) => this.request('PATCH', path, body);
  put = (path, body) => this.request('PUT', path, body);
  delete = (path) => this.request('DELETE', path);

  /** Sends `body` as JSON, or as it is when it is text, bytes or a stream. */
  async request(method, path, body, { headers = {}, signal } = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.server.url + address(path), {
      method,
      signal,
      redirect: 'manual',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.token !== null && { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: raw ? body : JSON.stringify(body) }),
    });
    return new Answer(response, await response.text());
  }

  /** Runs a program and gives its execution, finished. */
  async run(request) {
    const { body } = (await this.post('/executions?wait=true', request)).expect(200);
    assert.equal(body.status, 'finished');
    return body;
  }

  /** Makes a session, private and in Python unless said. */
  async session(fields = {}) {
    const body = { title: 'Test', language: 'python', visibility: 'private', ...fields };
    return (await this.post('/sessions', body)).expect(201).body;
  }
}

/** Paths are below the API, unless they begin with `//`. */
function address(path) {
  return path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;
}
