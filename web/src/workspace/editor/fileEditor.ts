import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { yCollab } from 'y-codemirror.next';
import type * as Y from 'yjs';

import type { Keymap } from '@/settings/preferences';

import type { Target } from '../follow/follow';
import type { Room } from '../sync/room';
import { cursors } from './cursors';
import { keymapOf } from './keymaps';
import { languageMode } from './languages';
import { baseSetup, darkness, fontSize, tabs } from './setup';
import { scrollToTop, showLine, viewport } from './viewport';

interface Appearance {
  /** In px. */
  fontSize: number;
  tabSize: number;
  dark: boolean;
  writable: boolean;
}

/** Where a person was in a file when another was opened. */
interface Place {
  anchor: number;
  head: number;
  scrollTop: number;
}

const places = new WeakMap<Y.Text, Place>();

/** A CodeMirror on one shared text. */
export class FileEditor {
  readonly #view: EditorView;
  readonly #keymap = new Compartment();
  readonly #language = new Compartment();
  readonly #label = new Compartment();
  readonly #appearance = new Compartment();
  #path = '';
  #keys: Keymap = 'standard';
  readonly #unfollow: () => void;

  constructor(
    parent: HTMLElement,
    private readonly room: Room,
    private readonly fileId: string,
    private readonly text: Y.Text,
  ) {
    this.#view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text.toJSON(),
        extensions: [
          this.#keymap.of([]),
          this.#appearance.of([]),
          baseSetup(),
          this.#language.of([]),
          this.#label.of([]),
          yCollab(text, null, { undoManager: room.undoManager(fileId, text) }),
          cursors(text, room.link.awareness),
          viewport({
            onLines: ([top_line, bottom_line]) => room.follow.report({ file_id: fileId, top_line, bottom_line }),
            onOwnMove: room.follow.stop,
            onCursor: (line) => room.follow.point(line),
          }),
        ],
      }),
    });
    this.#restorePlace();
    // Once it has been laid out: before, there is nothing to scroll.
    const frame = requestAnimationFrame(() => this.#goTo(room.follow.target.get()));
    const unsubscribe = room.follow.target.subscribe(() => this.#goTo(room.follow.target.get()));
    this.#unfollow = () => {
      cancelAnimationFrame(frame);
      unsubscribe();
    };
  }

  destroy(): void {
    this.#unfollow();
    const { anchor, head } = this.#view.state.selection.main;
    places.set(this.text, { anchor, head, scrollTop: this.#view.scrollDOM.scrollTop });
    this.#view.destroy();
  }

  /** Names the editor for screen readers and browser tests, and colours the text by the file's kind. */
  setPath(path: string): void {
    this.#path = path;
    // The tab index is what checkers look for where a region scrolls; editable text is reached without.
    const attributes = { 'aria-label': `Editor, ${path}`, 'data-testid': 'editor', tabindex: '0' };
    this.#reconfigure(this.#label, EditorView.contentAttributes.of(attributes));
    void languageMode(path).then((mode) => {
      if (this.#path === path) this.#reconfigure(this.#language, mode);
    });
  }

  setKeymap(name: Keymap): void {
    this.#keys = name;
    void keymapOf(name).then((keys) => {
      if (this.#keys === name) this.#reconfigure(this.#keymap, keys);
    });
  }

  setAppearance({ fontSize: px, tabSize, dark, writable }: Appearance): void {
    const readOnly = [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-readonly': 'true' })];
    this.#reconfigure(this.#appearance, [fontSize(px), tabs(tabSize), darkness(dark), writable ? [] : readOnly]);
  }

  // Once each: an editor that is opened later must not go where somebody was long ago.
  #goTo(target: Target | null): void {
    if (target?.fileId !== this.fileId) return;
    this.room.follow.target.set(null);
    if (target.how === 'shown') showLine(this.#view, target.line);
    else scrollToTop(this.#view, target.line);
  }

  #reconfigure(compartment: Compartment, extension: Extension): void {
    this.#view.dispatch({ effects: compartment.reconfigure(extension) });
  }

  #restorePlace(): void {
    const place = places.get(this.text);
    if (!place) return;
    const { length } = this.#view.state.doc;
    this.#view.dispatch({ selection: { anchor: Math.min(place.anchor, length), head: Math.min(place.head, length) } });
    requestAnimationFrame(() => (this.#view.scrollDOM.scrollTop = place.scrollTop));
  }
}
