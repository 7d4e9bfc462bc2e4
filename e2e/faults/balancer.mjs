// What stands before several nodes: each connection goes to one that takes it.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Balancer {
  #server;
  #next = 0;
  #open = new Set();

  /** Before the nodes whose ports `ports` gives. */
  static async start(ports) {
    const balancer = new Balancer();
    balancer.#server = createServer((client) => balancer.#take(client, ports())).listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    const { port } = balancer.#server.address();
    balancer.url = `http://127.0.0.1:${port}`;
    balancer.sockets = `ws://127.0.0.1:${port}/api/v1`;
    return balancer;
  }

  /** One node after the other, from another one each time. */
  async #take(client, ports) {
    this.#keep(client);
    this.#next += 1;
    for (let tried = 0; tried < ports.length; tried += 1) {
      const node = connect(ports[(this.#next + tried) % ports.length], '127.0.0.1');
      if (await connected(node)) {
        this.#keep(node);
        client.pipe(node).pipe(client);
        node.on('close', () => client.destroy());
        client.on('close', () => node.destroy());
        return;
      }
    }
    client.destroy();
  }

  #keep(socket) {
    this.#open.add(socket);
    socket.setNoDelay(true).on('error', () => socket.destroy());
    socket.on('close', () => this.#open.delete(socket));
  }

  stop() {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}

function connected(socket) {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
}
