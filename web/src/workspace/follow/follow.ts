import type { Person, SessionEvent, SessionInput, Viewport } from '@/api/types';
import { Store } from '@/lib/store';

/** What one looks at is told at most this often (ms). */
const TOLD = 150;

/** Where the editor is to go. A new object each time, so that going twice to one place is heard. */
export interface Target {
  fileId: string;
  line: number;
  /** At the top as with whom one follows, or in the middle and lit up. */
  how: 'top' | 'shown';
}

/** An invitation to a place that has been followed. */
export interface Gathering {
  by: Person;
  fileId: string;
  line: number;
  /** What was looked at before. */
  back: Viewport | null;
}

/** Following somebody's view, and gathering everybody in one place. */
export class Follow {
  /** Who is followed. */
  readonly leader = new Store<Person | null>(null);
  readonly target = new Store<Target | null>(null);
  readonly gathering = new Store<Gathering | null>(null);
  /** What this page shows. */
  #own: Viewport | null = null;
  #cursorLine = 0;
  #told: Viewport | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #views = new Map<string, Viewport>();

  constructor(private readonly send: (input: SessionInput) => void) {}

  destroy(): void {
    clearTimeout(this.#timer);
  }

  /** The connection is new: what others look at, and ours is told again. */
  onHello(present: readonly { user: Person; viewport?: Viewport | null | undefined }[]): void {
    this.#views.clear();
    for (const { user, viewport } of present) if (viewport) this.#views.set(user.id, viewport);
    this.#told = null;
    this.#tell();
    this.#goToLeader();
  }

  onEvent(event: SessionEvent): void {
    const by = event.by ?? null;
    if (event.type === 'presence.viewport' && by) {
      const { file_id, top_line, bottom_line } = event;
      this.#views.set(by.id, { file_id, top_line, bottom_line });
      if (by.id === this.leader.get()?.id) this.#goToLeader();
    } else if (event.type === 'presence.left') {
      this.#views.delete(event.user_id);
      if (event.user_id === this.leader.get()?.id) this.stop();
    } else if (event.type === 'follow.gather' && by) {
      this.stop();
      const back = this.gathering.get()?.back ?? this.#own;
      this.gathering.set({ by, fileId: event.file_id, line: event.line, back });
      this.target.set({ fileId: event.file_id, line: event.line, how: 'shown' });
    }
  }

  start(person: Person): void {
    this.gathering.set(null);
    this.leader.set(person);
    this.#goToLeader();
  }

  /** Also whenever the user scrolls, clicks or types in the editor. */
  readonly stop = (): void => this.leader.set(null);

  /** Brings everybody to what this page shows: its first line, or the one of the cursor where that is in view. */
  gather(): void {
    const own = this.#own;
    if (!own) return;
    const line = this.#cursorLine;
    const inView = line >= own.top_line && line <= own.bottom_line;
    this.send({ type: 'follow.gather', file_id: own.file_id, line: inView ? line : own.top_line });
  }

  /** Back to where one was before being brought here. */
  goBack(): void {
    const back = this.gathering.get()?.back;
    if (back) this.target.set({ fileId: back.file_id, line: back.top_line, how: 'top' });
    this.gathering.set(null);
  }

  /** The cursor is in this line of what the editor shows, from 1. */
  point(line: number): void {
    this.#cursorLine = line;
  }

  /** The editor shows this now. */
  report(viewport: Viewport): void {
    this.#own = viewport;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, TOLD);
  }

  #tell(): void {
    const own = this.#own;
    if (!own || same(own, this.#told)) return;
    this.#told = own;
    this.send({ type: 'presence.viewport', ...own });
  }

  #goToLeader(): void {
    const leader = this.leader.get();
    const view = leader && this.#views.get(leader.id);
    if (view) this.target.set({ fileId: view.file_id, line: view.top_line, how: 'top' });
  }
}

function same(a: Viewport, b: Viewport | null): boolean {
  return b !== null && a.file_id === b.file_id && a.top_line === b.top_line && a.bottom_line === b.bottom_line;
}
