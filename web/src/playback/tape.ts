import * as Y from 'yjs';

import { filesOf, textOf } from '@/workspace/files/files';

import type { Edit, Recording } from './recording';

/** A state is kept after each so many edits, so that going back needs no more than these again. */
const KEPT_EVERY = 250;

/** Where a text was changed. */
interface Change {
  fileId: string;
  /** From where, in UTF-16 units of the file's text as it is now. */
  from: number;
  to: number;
}

/** Where the last edit was, and whose it was. */
export interface Touched extends Change {
  author: string | null;
}

/** A document that goes forward and back through its edits. */
export class Tape {
  #doc = new Y.Doc();
  /** How many edits have been applied. */
  #position = 0;
  /** States by the number of edits in them. */
  readonly #kept = new Map<number, Uint8Array>();
  #touched: Touched | null = null;
  #changed: Change | null = null;
  readonly #edits: Edit[];

  constructor({ start, edits }: Recording) {
    this.#edits = edits;
    this.#kept.set(0, start ?? Y.encodeStateAsUpdate(this.#doc));
    this.#doc = this.#restored(0);
  }

  /** The document as it is at the position; another one after going back. */
  get doc(): Y.Doc {
    return this.#doc;
  }

  /** Where the last edit was; nothing where it changed no text. */
  get touched(): Touched | null {
    return this.#touched;
  }

  /** Goes to the state in which so many edits have been made. */
  seek(position: number): void {
    if (position < this.#position || position > this.#position + KEPT_EVERY) this.#jump(position);
    while (this.#position < position) this.#forward();
  }

  /** Begins at the nearest kept state, if that is nearer than where we are. */
  #jump(position: number): void {
    const from = Math.max(...[...this.#kept.keys()].filter((kept) => kept <= position));
    if (from <= this.#position && this.#position <= position) return;
    this.#doc.destroy();
    this.#doc = this.#restored(from);
    this.#position = from;
    this.#touched = null;
  }

  #restored(position: number): Y.Doc {
    const doc = new Y.Doc();
    const files = filesOf(doc);
    const state = this.#kept.get(position);
    if (state) Y.applyUpdate(doc, state);
    files.observeDeep((events: Y.YEvent<Y.Text | Y.Map<unknown>>[]) => {
      this.#changed = lastChange(events) ?? this.#changed;
    });
    return doc;
  }

  #forward(): void {
    const edit = this.#edits[this.#position];
    if (!edit) return;
    this.#changed = null;
    Y.applyUpdate(this.#doc, edit.update);
    this.#touched = this.#by(edit.author);
    this.#position += 1;
    if (this.#position % KEPT_EVERY === 0 && !this.#kept.has(this.#position)) {
      this.#kept.set(this.#position, Y.encodeStateAsUpdate(this.#doc));
    }
  }

  #by(author: string | null): Touched | null {
    return this.#changed && { ...this.#changed, author };
  }
}

/** Where the last of these changes to a text ended. */
function lastChange(events: Y.YEvent<Y.Text | Y.Map<unknown>>[]): Change | null {
  let touched: Change | null = null;
  for (const event of events) {
    const [fileId] = event.path;
    if (!(event.target instanceof Y.Text) || typeof fileId !== 'string') continue;
    let at = 0;
    for (const { retain = 0, insert } of event.delta) {
      at += retain;
      const length = typeof insert === 'string' ? insert.length : 0;
      if (retain === 0) touched = { fileId, from: at, to: at + length };
      at += length;
    }
  }
  return touched;
}

/** A file's text at the tape's position. */
export function readFile(doc: Y.Doc, id: string): string {
  return textOf(doc, id)?.toJSON() ?? '';
}
