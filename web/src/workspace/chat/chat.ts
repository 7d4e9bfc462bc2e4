import { api, unwrap } from '@/api/client';
import type { Person, SessionEvent, SessionInput } from '@/api/types';
import { Store } from '@/lib/store';

import { applyEvent, merge, type Messages, NO_MESSAGES } from './messages';

/** Whoever has not said for this long (ms) that they type does not type any more. */
export const TYPING_SHOWN = 5_000;
/** While one types, the others are told this often (ms). */
const TYPING_TOLD = 2_500;
/** Messages that are asked for at once. */
const PAGE = 50;

/** Somebody who is writing. */
export interface Typist {
  person: Person;
  until: number;
}

/** A session's chat as this page knows it. */
export class Chat {
  readonly state = new Store<Messages>(NO_MESSAGES);
  readonly typists = new Store<readonly Typist[]>([]);
  /** The last message that came while this page was open, for those who listen. */
  readonly latest = new Store<string>('');
  me = '';
  #toldTyping = 0;
  #marking = '';
  #loading = false;
  /** How many messages have been told of. */
  #told = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly sessionId: string,
    private readonly send: (input: SessionInput) => void,
  ) {}

  destroy(): void {
    clearTimeout(this.#timer);
  }

  /** Asks for the newest messages: at the start, and after anything may have been missed. */
  async load(): Promise<void> {
    const told = this.#told;
    const page = await this.#page().catch(() => null);
    if (!page) return;
    // What was told meanwhile may not be counted in the answer.
    if (told !== this.#told) return this.load();
    const { items, older } = this.state.get();
    const known = new Set(items.map(({ id }) => id));
    // A gap between what is known and the newest page is closed by starting from that page.
    const joins = items.length === 0 || page.items.some(({ id }) => known.has(id)) || page.next_cursor == null;
    this.state.set({
      items: merge(joins ? items : [], page.items),
      older: joins && items.length > 0 ? older : (page.next_cursor ?? null),
      unread: page.unread ?? null,
    });
  }

  /** Asks for the messages before those that are known. */
  async loadOlder(): Promise<void> {
    const { older } = this.state.get();
    if (older === null || this.#loading) return;
    this.#loading = true;
    const page = await this.#page(older).catch(() => null);
    this.#loading = false;
    if (!page) return;
    const { items } = this.state.get();
    this.state.patch({ items: merge(items, page.items), older: page.next_cursor ?? null });
  }

  onEvent(event: SessionEvent): void {
    if (event.type === 'chat.typing') return this.#onTyping(event.by ?? null);
    this.state.set(applyEvent(this.state.get(), event, this.me));
    if (event.type !== 'chat.message') return;
    this.#told += 1;
    const { message } = event;
    this.#stopTyping(message.author.id);
    if (message.kind === 'text' && message.author.id !== this.me) {
      this.latest.set(`${message.author.display_name}: ${message.text}`);
    }
  }

  /** Everything that is known has been seen. */
  async markRead(): Promise<void> {
    const { items, unread } = this.state.get();
    const last = items.at(-1);
    if (!last || !unread || unread.messages === 0 || this.#marking === last.id) return;
    this.#marking = last.id;
    const params = { path: { id: this.sessionId } };
    const body = { message_id: last.id };
    const answer = unwrap(api.PUT('/api/v1/sessions/{id}/messages/read', { params, body }));
    const now = await answer.catch(() => null);
    this.#marking = '';
    if (now) this.state.patch({ unread: now });
  }

  /** This page's user is writing. */
  typing(): void {
    const now = Date.now();
    if (now - this.#toldTyping < TYPING_TOLD) return;
    this.#toldTyping = now;
    this.send({ type: 'chat.typing' });
  }

  /** What was being written is sent; the next word is told at once. */
  sent(): void {
    this.#toldTyping = 0;
  }

  #page(cursor?: string) {
    const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const params = { path: { id: this.sessionId }, query };
    return unwrap(api.GET('/api/v1/sessions/{id}/messages', { params }));
  }

  #onTyping(person: Person | null): void {
    if (!person) return;
    const others = this.typists.get().filter((typist) => typist.person.id !== person.id);
    this.typists.set([...others, { person, until: Date.now() + TYPING_SHOWN }]);
    this.#timer ??= setTimeout(this.#expire, TYPING_SHOWN);
  }

  #stopTyping(id: string): void {
    if (this.typists.get().some(({ person }) => person.id === id)) {
      this.typists.set(this.typists.get().filter(({ person }) => person.id !== id));
    }
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    const now = Date.now();
    const left = this.typists.get().filter(({ until }) => until > now);
    this.typists.set(left);
    const next = Math.min(...left.map(({ until }) => until));
    if (left.length > 0) this.#timer = setTimeout(this.#expire, next - now);
  };
}
