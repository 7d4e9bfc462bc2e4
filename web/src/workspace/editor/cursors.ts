import type { Extension, Range } from '@codemirror/state';
import { Annotation } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType } from '@codemirror/view';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';

import { people } from '../people/presence';

/** After moving, a person's name stays beside the cursor for this long, in ms. */
const NAME_SHOWN = 2_500;
const moved = Annotation.define<boolean>();

/** A person's cursor or selection in this file. */
interface Caret {
  client: number;
  name: string;
  color: string;
  anchor: number;
  head: number;
  /** Where the head is in the shared text, whatever is typed before it. */
  place: string;
}

/** Shows everybody else's cursors and selections with their names, and tells them of ours. */
export function cursors(text: Y.Text, awareness: Awareness): Extension {
  const plugin = ViewPlugin.define((view) => new Cursors(view, text, awareness), {
    decorations: (cursors) => cursors.decorations,
  });
  return [plugin, cursorTheme];
}

class Cursors {
  decorations: DecorationSet = Decoration.none;
  /** Where each client's cursor was last, and when it came there. */
  readonly #seen = new Map<number, { place: string; since: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly view: EditorView,
    private readonly text: Y.Text,
    private readonly awareness: Awareness,
  ) {
    awareness.on('change', this.#onChange);
    this.#draw(view.state.doc.length);
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.awareness.off('change', this.#onChange);
  }

  update(update: ViewUpdate): void {
    const ours = update.selectionSet || update.docChanged || update.focusChanged;
    if (ours && update.view.hasFocus) this.#tell(update.state.selection.main);
    if (update.transactions.some((transaction) => transaction.annotation(moved))) {
      this.#draw(update.state.doc.length);
    } else {
      this.decorations = this.decorations.map(update.changes);
    }
  }

  readonly #onChange = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>): void => {
    const others = [...added, ...updated, ...removed].some((client) => client !== this.awareness.clientID);
    if (others) this.view.dispatch({ annotations: moved.of(true) });
  };

  #tell({ anchor, head }: { anchor: number; head: number }): void {
    this.awareness.setLocalStateField('cursor', {
      anchor: Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.text, anchor)) as unknown,
      head: Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(this.text, head)) as unknown,
    });
  }

  #draw(length: number): void {
    const ranges: Range<Decoration>[] = [];
    const now = Date.now();
    for (const caret of this.#carets(length)) {
      const before = this.#seen.get(caret.client);
      const since = before?.place === caret.place ? before.since : now;
      this.#seen.set(caret.client, { place: caret.place, since });
      const [from, to] = [Math.min(caret.anchor, caret.head), Math.max(caret.anchor, caret.head)];
      const style = `background-color: ${caret.color}40`;
      if (from < to) ranges.push(Decoration.mark({ attributes: { style } }).range(from, to));
      const widget = new CaretWidget(caret.name, caret.color, now - since < NAME_SHOWN);
      ranges.push(Decoration.widget({ widget, side: caret.head > caret.anchor ? -1 : 1 }).range(caret.head));
    }
    this.decorations = Decoration.set(ranges, true);
    clearTimeout(this.#timer);
    if (ranges.length > 0)
      this.#timer = setTimeout(() => this.view.dispatch({ annotations: moved.of(true) }), NAME_SHOWN);
  }

  #carets(length: number): Caret[] {
    return people(this.awareness).flatMap(({ client, name, color, cursor }) => {
      const anchor = this.#position(cursor?.anchor);
      const head = this.#position(cursor?.head);
      const mine = client === this.awareness.clientID;
      if (mine || anchor === null || head === null) return [];
      const place = JSON.stringify(cursor?.head);
      return [{ client, name, color, anchor: Math.min(anchor, length), head: Math.min(head, length), place }];
    });
  }

  // What others send may be anything; a position that cannot be read is no position.
  #position(json: unknown): number | null {
    const doc = this.text.doc;
    if (!doc || typeof json !== 'object' || json === null) return null;
    try {
      const position = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(json), doc);
      return position?.type === this.text ? position.index : null;
    } catch {
      return null;
    }
  }
}

class CaretWidget extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly color: string,
    private readonly named: boolean,
  ) {
    super();
  }

  override eq(other: CaretWidget): boolean {
    return other.name === this.name && other.color === this.color && other.named === this.named;
  }

  toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = `cc-caret${this.named ? ' cc-caret-named' : ''}`;
    caret.style.setProperty('--cc-caret', this.color);
    caret.setAttribute('aria-hidden', 'true');
    const name = caret.appendChild(document.createElement('span'));
    name.className = 'cc-caret-name';
    name.textContent = this.name;
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

const cursorTheme = EditorView.baseTheme({
  '.cc-caret': {
    position: 'relative',
    display: 'inline-block',
    width: '0',
    height: '1.2em',
    verticalAlign: 'text-bottom',
    outline: '1px solid var(--cc-caret)',
  },
  '.cc-caret-name': {
    position: 'absolute',
    bottom: '100%',
    left: '-1px',
    padding: '0 4px',
    borderRadius: '3px 3px 3px 0',
    backgroundColor: 'var(--cc-caret)',
    color: '#fff',
    fontFamily: 'var(--mantine-font-family)',
    fontSize: '11px',
    lineHeight: '15px',
    whiteSpace: 'nowrap',
    pointerEvents: 'none',
    userSelect: 'none',
    opacity: '0',
    transition: 'opacity 200ms',
    zIndex: '10',
  },
  '.cc-caret-named > .cc-caret-name, .cc-caret:hover > .cc-caret-name': { opacity: '1' },
});
