// Runs over HTTP on connections of its own, which it can close: what the server holds then is its own.

import assert from 'node:assert/strict';
import http from 'node:http';

export class Runner {
  #agent = new http.Agent({ keepAlive: true });

  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  async run(request) {
    const body = await this.#send('POST', '/executions?wait=true', 200, request);
    assert.equal(body.status, 'finished');
    return body;
  }

  submit = (request) => this.#send('POST', '/executions', 202, request);
  execution = (id) => this.#send('GET', `/executions/${id}`, 200);
  cancel = (id) => this.#send('DELETE', `/executions/${id}`, 204);

  close() {
    this.#agent.destroy();
  }

  #send(method, path, status, body) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const options = { method, headers, agent: this.#agent };
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.server.url}/api/v1${path}`, options, async (response) => {
        try {
          const text = (await response.setEncoding('utf8').toArray()).join('');
          assert.equal(response.statusCode, status, `${method} ${path}: ${text.slice(0, 600)}`);
          resolve(text && JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
      request.on('error', reject);
      request.end(body && JSON.stringify(body));
    });
  }
}
