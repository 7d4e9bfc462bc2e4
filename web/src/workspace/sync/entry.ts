import type { EntryFrame } from '@/api/types';
import { auth } from '@/auth/auth';

import { GONE, NOT_ALLOWED, SIGN_IN } from './codes';

/** Between attempts to connect, in ms. */
const RETRY = 2_000;

/** How it stands with somebody who asked to be let in. All but `waiting` are final. */
export type EntryState = 'waiting' | 'admitted' | 'denied' | 'gone';

/** Listens at a session's door for as long as somebody waits there. */
export class Entry {
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(
    private readonly sessionId: string,
    private readonly onState: (state: EntryState) => void,
  ) {
    void this.#connect();
  }

  destroy(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  async #connect(): Promise<void> {
    const ticket = await auth.ticket();
    if (this.#over) return;
    const query = new URLSearchParams({ ticket: ticket ?? '' });
    const path = `/api/v1/sessions/${this.sessionId}/entry?${query.toString()}`;
    const socket = new WebSocket(location.origin.replace(/^http/u, 'ws') + path);
    this.#socket = socket;
    socket.onmessage = (message) => {
      const frame = JSON.parse(String(message.data)) as EntryFrame;
      if (frame.type === 'admitted') this.#end('admitted');
    };
    socket.onclose = ({ code }) => void this.#onClose(code);
  }

  async #onClose(code: number): Promise<void> {
    if (this.#over) return;
    if (code === NOT_ALLOWED) return this.#end('denied');
    if (code === GONE) return this.#end('gone');
    // Its token has expired, or its login has ended: then the page goes to sign in by itself.
    if (code === SIGN_IN && (await auth.refresh().catch(() => undefined)) === null) return;
    this.#timer = setTimeout(() => void this.#connect(), RETRY);
  }

  #end(state: EntryState): void {
    if (this.#over) return;
    this.#over = true;
    this.onState(state);
  }
}
