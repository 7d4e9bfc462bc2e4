import * as Y from 'yjs';

import type { Hello, LiveEvent, Person, Role, RunEvent, SessionEventKind, SessionInput } from '@/api/types';
import { Store } from '@/lib/store';

import { Chat } from '../chat/chat';
import { textOf } from '../files/files';
import { Follow } from '../follow/follow';
import { applyEvents, NO_RUNS, type Numbered, type Runs } from '../output/runs';
import { SIGN_IN } from './codes';
import { Events, type Received } from './events';
import { Link } from './link';
import { SaveTracker } from './saves';

/** Output arrives in many small events; they are shown together, this often (ms). */
const FLUSH = 30;

/** What the room's owner is told. */
export interface RoomListener {
  onSessionChanged: () => void;
  onPeopleChanged: () => void;
  /** Who waits to be let in, or who is kept out. */
  onDoorChanged: () => void;
  onRunsChanged: () => void;
  onSnapshotsChanged: () => void;
  onNotesChanged: () => void;
  /** The server did not do what was asked, and says why. */
  onError: (message: string) => void;
  /** The session is gone, or no longer open to this user. */
  onRefused: () => void;
}

/** Everything live about an open session: the document, its connection, events and runs. */
export class Room {
  readonly doc = new Y.Doc();
  readonly saves = new SaveTracker();
  readonly runs = new Store<Runs>(NO_RUNS);
  /** As the server last said; unknown until it has. */
  readonly role = new Store<Role | null>(null);
  readonly link: Link;
  readonly chat: Chat;
  readonly follow: Follow;
  readonly #events: Events;
  readonly #undo = new Map<string, Y.UndoManager>();
  #pending: Numbered[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    sessionId: string,
    private readonly listener: RoomListener,
  ) {
    this.link = new Link(this.doc, sessionId, (synced) => this.saves.setSynced(synced));
    const send = (input: SessionInput) => this.#events.send(input);
    this.chat = new Chat(sessionId, send);
    this.follow = new Follow(send);
    this.#events = new Events(sessionId, {
      onHello: (hello, again) => this.#onHello(hello, again),
      onRestart: () => this.#onRestart(),
      onEvent: (received) => this.#onEvent(received),
      onLive: (event) => this.#onLive(event),
      onNotice: (notice) => notice.type === 'error' && listener.onError(notice.message),
      onRefused: (code) => code !== SIGN_IN && listener.onRefused(),
    });
    this.doc.on('update', (_update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (transaction.local) this.saves.edited();
    });
  }

  /** Tells others who is here. The server sets the same from the token, so nobody can pose. */
  introduce(person: Person): void {
    const { id, username, display_name: name, color } = person;
    this.chat.me = id;
    this.link.awareness.setLocalStateField('user', { id, name, username, color, colorLight: `${color}33` });
  }

  /** The undo history of this device for one file, which outlives its editor. */
  undoManager(fileId: string, text: Y.Text): Y.UndoManager {
    const known = this.#undo.get(fileId);
    if (known && textOf(this.doc, fileId) === text) return known;
    const manager = new Y.UndoManager(text);
    this.#undo.set(fileId, manager);
    return manager;
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.#events.destroy();
    this.chat.destroy();
    this.follow.destroy();
    this.link.destroy();
    this.saves.destroy();
    this.doc.destroy();
  }

  #onHello(hello: Hello, again: boolean): void {
    this.role.set(hello.role ?? null);
    this.follow.onHello(hello.present);
    void this.chat.load();
    if (!again) return;
    this.listener.onNotesChanged();
    this.listener.onSessionChanged();
    this.listener.onPeopleChanged();
    this.listener.onDoorChanged();
    this.listener.onRunsChanged();
    this.listener.onSnapshotsChanged();
  }

  #onRestart(): void {
    this.#flush();
    this.runs.set({ ...this.runs.get(), seq: 0 });
  }

  #onEvent({ seq, event, past }: Received): void {
    if (isRunEvent(event)) this.#onRunEvent({ seq, event }, past);
    else if (event.type === 'document.saved') this.saves.saved();
    else if (!past) this.#onNews(event);
    // What is past is in the answer that the chat asks for.
    if (!past) this.chat.onEvent(event);
  }

  #onLive(event: LiveEvent): void {
    if (event.type === 'notes.updated') this.listener.onNotesChanged();
    else if (event.type.startsWith('chat.')) this.chat.onEvent(event);
    else this.follow.onEvent(event);
  }

  #onNews(event: SessionEventKind): void {
    if (event.type === 'document.unsaved') this.saves.unsaved();
    if (event.type === 'session.updated') this.listener.onSessionChanged();
    if (event.type === 'session.deleted') this.listener.onRefused();
    if (event.type.startsWith('snapshot.') || event.type === 'history.purged') this.listener.onSnapshotsChanged();
    // A change of role may be this user's own, who then may no longer ask.
    if (event.type.startsWith('participant.') && event.type !== 'participant.role_changed')
      this.listener.onDoorChanged();
    if (event.type.startsWith('participant.')) {
      this.listener.onPeopleChanged();
      this.listener.onSessionChanged();
    }
  }

  #onRunEvent(numbered: Numbered, past: boolean): void {
    this.#pending.push(numbered);
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH);
    if (past) return;
    const { event } = numbered;
    if (event.type === 'execution.started' || event.type === 'execution.finished') this.listener.onRunsChanged();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.runs.set(applyEvents(this.runs.get(), this.#pending));
    this.#pending = [];
  }
}

function isRunEvent(event: SessionEventKind): event is RunEvent {
  return event.type.startsWith('execution.');
}
