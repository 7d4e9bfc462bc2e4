import type { EventFrame, Hello, SessionEvent } from '@/api/types';
import { auth } from '@/auth/auth';

import { GONE, NOT_ALLOWED, SIGN_IN } from './codes';

/** Between attempts to connect, in ms: doubled after each, up to the second figure. */
const BACKOFF = [500, 10_000] as const;

/** An event and whether it happened before this page connected. */
export interface Received {
  seq: number;
  event: SessionEvent;
  past: boolean;
}

interface Listener {
  onHello: (hello: Hello, again: boolean) => void;
  /** The log starts again from nothing, because the server has been restarted. */
  onRestart: () => void;
  onEvent: (received: Received) => void;
  /** The server refuses for good. */
  onRefused: (code: number) => void;
}

/** The session's events: the whole log first, later whatever was missed, then live. */
export class Events {
  #socket: WebSocket | null = null;
  #seq = 0;
  #helloSeq = 0;
  #greeted = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #destroyed = false;

  constructor(
    private readonly sessionId: string,
    private readonly listener: Listener,
  ) {
    window.addEventListener('online', this.#now);
    void this.#connect();
  }

  destroy(): void {
    this.#destroyed = true;
    window.removeEventListener('online', this.#now);
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  readonly #now = (): void => {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.#connect();
  };

  async #connect(): Promise<void> {
    this.#timer = undefined;
    const token = await auth.token().catch(() => null);
    if (this.#destroyed) return;
    const query = new URLSearchParams({ token: token ?? '', since: String(this.#seq) });
    const path = `/api/v1/sessions/${this.sessionId}/events?${query.toString()}`;
    const socket = new WebSocket(location.origin.replace(/^http/u, 'ws') + path);
    this.#socket = socket;
    socket.onmessage = (message) => this.#onFrame(JSON.parse(String(message.data)) as EventFrame);
    socket.onclose = (event) => void this.#onClose(event.code);
  }

  #onFrame(frame: EventFrame): void {
    if (this.#destroyed) return;
    if (frame.type === 'hello') return this.#onHello(frame);
    if (frame.seq <= this.#seq) return;
    this.#seq = frame.seq;
    this.listener.onEvent({ seq: frame.seq, event: frame, past: frame.seq <= this.#helloSeq });
  }

  #onHello(hello: Hello): void {
    this.#failures = 0;
    this.#helloSeq = hello.seq;
    if (hello.seq < this.#seq) {
      this.#seq = 0;
      this.listener.onRestart();
    }
    this.listener.onHello(hello, this.#greeted);
    this.#greeted = true;
  }

  async #onClose(code: number): Promise<void> {
    if (this.#destroyed) return;
    if (code === NOT_ALLOWED || code === GONE) return this.listener.onRefused(code);
    if (code === SIGN_IN && (await auth.refresh().catch(() => undefined)) === null) {
      return this.listener.onRefused(code);
    }
    const wait = Math.min(BACKOFF[0] * 2 ** this.#failures, BACKOFF[1]) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }
}
