import { Awareness } from 'y-protocols/awareness';
import { WebsocketProvider } from 'y-websocket';
import type * as Y from 'yjs';

import { auth } from '@/auth/auth';
import { Store } from '@/lib/store';

import { GONE, NOT_ALLOWED, SIGN_IN, TOO_MANY } from './codes';

/** How the shared document's connection is. The last two are final. */
export type Connection = 'connecting' | 'online' | 'offline' | 'crowded' | 'denied' | 'gone';

/** A lost connection that is back this soon (ms), as when the token is replaced, is not worth a word. */
const BRIEF = 1_000;
/** Before the first and each further attempt to come back, in ms. */
const BACKOFF = [100, 2_500] as const;
/** How long to wait (ms) for another of this person's connections to end. */
const CROWDED_RETRY = 5_000;

/** The document's connection: a stock y-websocket client that gets a ticket for each connection. */
export class Link {
  readonly state = new Store<Connection>('connecting');
  /** Whether the server's text has arrived at least once. */
  readonly loaded = new Store(false);
  readonly awareness: Awareness;
  readonly #provider: WebsocketProvider;
  #destroyed = false;
  #lost: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(
    doc: Y.Doc,
    sessionId: string,
    private readonly onSynced: (synced: boolean) => void,
  ) {
    this.awareness = new Awareness(doc);
    const server = `${location.origin.replace(/^http/u, 'ws')}/api/v1/sync`;
    // Other tabs are synced by the server like everybody else, so that roles hold there too.
    this.#provider = new WebsocketProvider(server, sessionId, doc, {
      connect: false,
      disableBc: true,
      awareness: this.awareness,
    });
    this.#provider.on('status', ({ status }) => this.#onStatus(status));
    this.#provider.on('sync', (synced) => this.#onSync(synced));
    this.#provider.on('connection-close', (event) => void this.#onClose(event?.code));
    window.addEventListener('online', this.#reconnect);
    void this.#connect();
  }

  destroy(): void {
    this.#destroyed = true;
    clearTimeout(this.#lost);
    clearTimeout(this.#retry);
    window.removeEventListener('online', this.#reconnect);
    this.#provider.destroy();
    this.awareness.destroy();
  }

  /** Joins again with what the server now grants, such as another role. */
  async #connect(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const ticket = await auth.ticket();
    if (this.#destroyed) return;
    this.#provider.params = { ticket: ticket ?? '' };
    this.#provider.connect();
  }

  readonly #reconnect = (): void => {
    if (this.#retry !== undefined) void this.#connect();
  };

  #onStatus(status: 'connected' | 'disconnected' | 'connecting'): void {
    if (status !== 'disconnected' || this.#destroyed) return;
    this.#lost ??= setTimeout(() => this.state.set('offline'), BRIEF);
  }

  #onSync(synced: boolean): void {
    if (synced) {
      this.#found();
      this.#failures = 0;
      this.state.set('online');
      this.loaded.set(true);
    }
    this.onSynced(synced);
  }

  #found(): void {
    clearTimeout(this.#lost);
    this.#lost = undefined;
  }

  async #onClose(code: number | undefined): Promise<void> {
    if (this.#destroyed) return;
    // Left to itself, the provider would come back with a ticket that was used.
    this.#provider.shouldConnect = false;
    if (code === NOT_ALLOWED) return this.#end('denied');
    if (code === GONE) return this.#end('gone');
    if (code === TOO_MANY) return this.#waitForRoom();
    if (code !== SIGN_IN) return this.#comeBack();
    const token = await auth.refresh().catch(() => undefined);
    if (token === null) this.#end('denied');
    else this.#comeBack();
  }

  #comeBack(): void {
    if (this.#destroyed) return;
    const wait = Math.min(BACKOFF[0] * 2 ** this.#failures, BACKOFF[1]);
    this.#failures += 1;
    this.#retry = setTimeout(() => void this.#connect(), wait);
  }

  #waitForRoom(): void {
    this.#found();
    this.state.set('crowded');
    this.#retry = setTimeout(() => void this.#connect(), CROWDED_RETRY);
  }

  #end(how: 'denied' | 'gone'): void {
    this.#found();
    this.state.set(how);
  }
}
