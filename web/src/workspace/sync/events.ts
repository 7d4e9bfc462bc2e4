import type { EventFrame, Hello, LiveEvent, SessionEvent, SessionInput, SessionNotice } from '@/api/types';
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
  /** Something that is true only now, or told to this user only. */
  onLive: (event: LiveEvent) => void;
  /** What concerns this connection only. */
  onNotice: (notice: SessionNotice) => void;
  /** The server refuses for good. */
  onRefused: (code: number) => void;
}

/** The session's events: the whole log first, later whatever was missed, then live. */
export class Events {
  #socket: WebSocket | null = null;
  #seq = 0;
  #helloSeq = 0;
  #greeted = false;
  /** Whether this connection has said hello. */
  #ready = false;
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

  /** Sends a frame, or nothing while there is no connection: what clients send is of the moment. */
  send(input: SessionInput): void {
    if (this.#ready && this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(input));
  }

  readonly #now = (): void => {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    void this.#connect();
  };

  async #connect(): Promise<void> {
    this.#timer = undefined;
    const ticket = await auth.ticket();
    if (this.#destroyed) return;
    const query = new URLSearchParams({ ticket: ticket ?? '', since: String(this.#seq) });
    const path = `/api/v1/sessions/${this.sessionId}/events?${query.toString()}`;
    this.#ready = false;
    const socket = new WebSocket(location.origin.replace(/^http/u, 'ws') + path);
    this.#socket = socket;
    socket.onmessage = (message) => this.#onFrame(JSON.parse(String(message.data)) as EventFrame);
    socket.onclose = (event) => void this.#onClose(event.code);
  }

  #onFrame(frame: EventFrame): void {
    if (this.#destroyed) return;
    if (frame.type === 'hello') return this.#onHello(frame);
    if (frame.type === 'error' || frame.type === 'chat.sent') return this.listener.onNotice(frame);
    if (frame.seq === undefined) return this.listener.onLive(frame);
    if (frame.seq <= this.#seq) return;
    this.#seq = frame.seq;
    this.listener.onEvent({ seq: frame.seq, event: frame, past: frame.seq <= this.#helloSeq });
  }

  #onHello(hello: Hello): void {
    this.#failures = 0;
    this.#ready = true;
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
