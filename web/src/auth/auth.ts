import type {
  Challenge,
  Credentials,
  LoginAnswer,
  NewAccount,
  NewGuest,
  PasskeyRequest,
  SecondStep,
  Ticket,
  TokenAnswer,
  User,
} from '@/api/types';
import { problemFrom } from '@/api/problem';
import { Store } from '@/lib/store';

import { exclusively } from './exclusive';
import { signByPasskey } from './passkeys';

/** Who uses this tab. `unreachable` says that the server did not answer while finding out. */
export type AuthState =
  { status: 'loading'; unreachable: boolean } | { status: 'signed-out' } | { status: 'signed-in'; user: User };

/** A token this close to its end (ms) is replaced before it is used. */
const RENEW_BEFORE = 20_000;
/** Between attempts to reach the server at the start, in ms. */
const RETRY_AFTER = 2_000;
const LOCK = 'codecrafter-refresh';
const BASE = '/api/v1/auth';

interface AccessToken {
  value: string;
  /** Local time in ms. */
  expires: number;
}

interface Environment {
  fetch: typeof fetch;
  now: () => number;
  /** Keeps tabs from spending the same refresh token twice. */
  exclusively: typeof exclusively;
}

/**
 * The login of this tab. The access token lives in memory only; the refresh token is a cookie
 * that scripts cannot read and that changes with every use.
 */
export class Auth {
  readonly state = new Store<AuthState>({ status: 'loading', unreachable: false });
  #token: AccessToken | null = null;
  #refreshing: Promise<string | null> | null = null;
  readonly #tabs = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('codecrafter-auth');

  constructor(
    private readonly environment: Environment = {
      fetch: (input, init) => fetch(input, init),
      now: () => Date.now(),
      exclusively,
    },
  ) {
    this.#tabs?.addEventListener('message', (event) => this.#heard(event.data));
  }

  /** Finds out who is signed in; goes on trying while the server cannot be reached. */
  async start(): Promise<void> {
    try {
      await this.refresh();
    } catch {
      this.state.set({ status: 'loading', unreachable: true });
      setTimeout(() => void this.start(), RETRY_AFTER);
    }
  }

  /** A token to use now, or nothing when signed out. */
  async token(): Promise<string | null> {
    if (this.#token && this.#token.expires - this.environment.now() > RENEW_BEFORE) return this.#token.value;
    if (this.state.get().status === 'signed-out') return null;
    return this.refresh();
  }

  /** What opens one socket, soon; nothing when signed out or when the server cannot be reached. */
  async ticket(): Promise<string | null> {
    if ((await this.token().catch(() => null)) === null) return null;
    const request = new Request(new URL(`${BASE}/tickets`, window.location.origin), { method: 'POST' });
    const response = await this.fetch(request).catch(() => null);
    if (!response?.ok) return null;
    return ((await response.json()) as Ticket).ticket;
  }

  /**
   * A fresh token, or nothing when the login has ended. All callers of one moment share one request.
   * Rejects when the server cannot be reached or is in trouble: then nothing is known.
   */
  refresh(): Promise<string | null> {
    this.#refreshing ??= this.environment
      .exclusively(LOCK, () => this.#requestRefresh())
      .finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** `fetch` with the token, which is renewed once when the server refuses it. */
  async fetch(request: Request): Promise<Response> {
    const again = request.clone();
    const token = await this.token();
    const response = await this.environment.fetch(withToken(request, token));
    if (response.status !== 401 || token === null) return response;
    const fresh = await this.refresh();
    return fresh === null ? response : this.environment.fetch(withToken(again, fresh));
  }

  /** Signs in, or answers what else it takes. */
  async signIn(credentials: Credentials): Promise<Challenge | null> {
    const answer = await this.#ask<LoginAnswer>('login', credentials);
    if ('mfa_required' in answer) return answer;
    this.#begun(answer);
    return null;
  }

  /** Signs in by a second factor. */
  finishSignIn(step: SecondStep): Promise<void> {
    return this.#begin('mfa', step);
  }

  /** Signs in by a passkey alone: it says whose it is. */
  async signInByPasskey(): Promise<void> {
    await this.#begin('passkey/finish', await this.#signature('passkey', {}));
  }

  /** Signs in by a passkey as the second factor. */
  async finishSignInByPasskey(challenge: string): Promise<void> {
    const answer = await this.#signature('mfa/passkey', { challenge });
    await this.#begin('mfa/passkey/finish', { challenge, answer });
  }

  register(account: NewAccount): Promise<void> {
    return this.#begin('register', account);
  }

  /** Enters one session with a name only. */
  enterAsGuest(guest: NewGuest): Promise<void> {
    return this.#begin('guest', guest);
  }

  /** Ends the login here and in the browser's other tabs, even when the server cannot be told. */
  async signOut(): Promise<void> {
    try {
      await this.#post('logout', {});
    } finally {
      this.#end();
      this.#tabs?.postMessage('signed-out');
    }
  }

  /** Forgets the login in the browser's tabs: the server has ended it already. */
  forget(): void {
    this.#end();
    this.#tabs?.postMessage('signed-out');
  }

  /** Takes over the account as the server has it now. */
  setUser(user: User): void {
    if (this.state.get().status === 'signed-in') this.state.set({ status: 'signed-in', user });
  }

  /** What the browser answers to what the server asks of passkeys. */
  async #signature(endpoint: string, body: unknown) {
    const { ceremony, public_key: options } = await this.#ask<PasskeyRequest>(endpoint, body);
    return { ceremony, credential: await signByPasskey(options) };
  }

  async #begin(endpoint: string, body: unknown): Promise<void> {
    this.#begun(await this.#ask<TokenAnswer>(endpoint, body));
  }

  #begun(answer: TokenAnswer): void {
    this.#accept(answer);
    this.#tabs?.postMessage('signed-in');
  }

  async #ask<Answer>(endpoint: string, body: unknown): Promise<Answer> {
    const response = await this.#post(endpoint, body);
    if (!response.ok) throw await problemFrom(response);
    return (await response.json()) as Answer;
  }

  async #requestRefresh(): Promise<string | null> {
    const response = await this.#post('refresh', {});
    if (response.ok) return this.#accept((await response.json()) as TokenAnswer);
    if (response.status >= 500 || response.status === 429) throw await problemFrom(response);
    this.#end();
    return null;
  }

  // `keepalive`: a refresh that a reload interrupts must still bring its new cookie.
  #post(endpoint: string, body: unknown): Promise<Response> {
    return this.environment.fetch(`${BASE}/${endpoint}`, {
      method: 'POST',
      // Other sites' pages cannot send the last one: the server wants it with the cookie.
      headers: { 'content-type': 'application/json', 'x-requested-with': 'CodeCrafter' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      keepalive: true,
    });
  }

  #accept(answer: TokenAnswer): string {
    this.#token = { value: answer.access_token, expires: this.environment.now() + answer.expires_in * 1000 };
    this.state.set({ status: 'signed-in', user: answer.user });
    return answer.access_token;
  }

  #end(): void {
    this.#token = null;
    this.state.set({ status: 'signed-out' });
  }

  #heard(message: unknown): void {
    if (message === 'signed-out') this.#end();
    if (message === 'signed-in' && this.state.get().status === 'signed-out') void this.start();
  }
}

function withToken(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** The login of this page. */
export const auth = new Auth();
