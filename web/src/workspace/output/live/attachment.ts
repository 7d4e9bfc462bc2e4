import type { AttachInput, AttachOutput } from '@/api/types';
import { auth } from '@/auth/auth';

import { GONE, NOT_ALLOWED, SIGN_IN } from '../../sync/codes';
import { decodeBytes } from './bytes';

/** Between attempts to connect, in ms: doubled after each, up to the second figure. */
const BACKOFF = [300, 10_000] as const;
/** Frames that wait while the connection is away; more would only surprise when they arrive at last. */
const MAX_UNSENT = 64;
/** The run has ended and told its result. */
const DONE = 1000;
/** Codes after which trying again would not help. */
const FINAL = [DONE, NOT_ALLOWED, GONE, 4400, 4413];

export interface AttachListener {
  /** What the program wrote: to a terminal, or what its compiler said. */
  onOutput: (bytes: Uint8Array | string, stream: 'stdout' | 'stderr') => void;
  /** The program begins anew, on another worker. */
  onRestart: () => void;
  /** Something that was sent was not taken. */
  onRefused: (why: string) => void;
}

/** A connection to one run: its output from the beginning, and its input. Lost connections are made again. */
export class Attachment {
  #socket: WebSocket | null = null;
  #unsent: AttachInput[] = [];
  #seq = 0;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(
    private readonly runId: string,
    private readonly listener: AttachListener,
  ) {
    void this.#connect();
  }

  send(frame: AttachInput): void {
    if (this.#ended) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
    else if (this.#unsent.length < MAX_UNSENT) this.#unsent.push(frame);
  }

  destroy(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket?.close(DONE);
  }

  async #connect(): Promise<void> {
    const ticket = await auth.ticket();
    if (this.#ended) return;
    const query = new URLSearchParams({ ticket: ticket ?? '', from: String(this.#seq) });
    const path = `/api/v1/executions/${this.runId}/attach?${query.toString()}`;
    const socket = new WebSocket(location.origin.replace(/^http/u, 'ws') + path);
    this.#socket = socket;
    socket.onopen = () => this.#onOpen();
    socket.onmessage = (message) => this.#onFrame(JSON.parse(String(message.data)) as AttachOutput);
    socket.onclose = (event) => void this.#onClose(event.code);
  }

  #onOpen(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const frame of unsent) this.send(frame);
  }

  #onFrame(frame: AttachOutput): void {
    if (this.#ended) return;
    this.#failures = 0;
    if ('seq' in frame) this.#seq = frame.seq;
    if (frame.type === 'stdout' || frame.type === 'stderr')
      this.listener.onOutput(decodeBytes(frame.data, frame.encoding), frame.type);
    if (frame.type === 'status' && frame.status === 'queued') this.listener.onRestart();
    if (frame.type === 'error') this.listener.onRefused(frame.detail);
  }

  async #onClose(code: number): Promise<void> {
    if (this.#ended) return;
    const signedOut = code === SIGN_IN && (await auth.refresh().catch(() => undefined)) === null;
    if (signedOut || FINAL.includes(code)) {
      this.#ended = true;
      return;
    }
    const wait = Math.min(BACKOFF[0] * 2 ** this.#failures, BACKOFF[1]) * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => void this.#connect(), wait);
  }
}
