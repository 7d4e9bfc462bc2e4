import { type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';

/** The first and the last line in view, from 1. */
export type Lines = readonly [top: number, bottom: number];

/** What the user does to move the editor or in it; what the page does itself is not among it. */
const OWN_MOVES = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;
/** Keys that move nothing by themselves. */
const STILL = new Set(['Escape', 'Shift', 'Control', 'Alt', 'Meta']);

interface Listener {
  /** Other lines are in view. */
  onLines: (lines: Lines) => void;
  /** The user scrolls, clicks or types. */
  onOwnMove: () => void;
  /** The cursor is in this line. */
  onCursor: (line: number) => void;
}

/** Tells which lines are in view, and when the user moves. */
export function viewport({ onLines, onOwnMove, onCursor }: Listener): Extension {
  return [
    shownLine,
    ViewPlugin.define((view) => {
      const tell = () => view.requestMeasure({ key: tell, read: linesInView, write: onLines });
      const onEvent = (event: Event) => {
        if (!(event instanceof KeyboardEvent && STILL.has(event.key))) onOwnMove();
      };
      view.scrollDOM.addEventListener('scroll', tell, { passive: true });
      for (const name of OWN_MOVES) view.scrollDOM.addEventListener(name, onEvent, { passive: true });
      tell();
      onCursor(view.state.doc.lineAt(view.state.selection.main.head).number);
      return {
        update: ({ state, geometryChanged, selectionSet, docChanged }: ViewUpdate) => {
          if (geometryChanged) tell();
          if (selectionSet || docChanged) onCursor(state.doc.lineAt(state.selection.main.head).number);
        },
        destroy: () => {
          view.scrollDOM.removeEventListener('scroll', tell);
          for (const name of OWN_MOVES) view.scrollDOM.removeEventListener(name, onEvent);
        },
      };
    }),
  ];
}

function linesInView(view: EditorView): Lines {
  const { scrollTop, clientHeight } = view.scrollDOM;
  const lineAt = (height: number) =>
    view.state.doc.lineAt(view.lineBlockAtHeight(height - view.documentPadding.top).from).number;
  // A pixel of the line above is not that line.
  return [lineAt(scrollTop + 1), lineAt(scrollTop + clientHeight)];
}

/** Puts a line at the top, unless it is there. */
export function scrollToTop(view: EditorView, line: number): void {
  if (linesInView(view)[0] === line) return;
  const { from } = view.state.doc.line(clamp(view, line));
  view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'start', yMargin: 0 }) });
}

/** Shows a line in the middle, lit up. */
export function showLine(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(clamp(view, line));
  view.dispatch({ effects: [EditorView.scrollIntoView(from, { y: 'center' }), lightUp.of(from)] });
}

function clamp(view: EditorView, line: number): number {
  return Math.max(1, Math.min(line, view.state.doc.lines));
}

const lightUp = StateEffect.define<number>();

/** The line that somebody brought everybody to, until something is typed. */
const shownLine = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(shown, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(lightUp)) return Decoration.set(Decoration.line({ class: 'cc-shown-line' }).range(effect.value));
    }
    return transaction.docChanged ? Decoration.none : shown;
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    EditorView.theme({ '.cm-line.cc-shown-line': { backgroundColor: 'var(--cc-mention)' } }),
  ],
});
