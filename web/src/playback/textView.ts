import { Compartment, EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

import { languageMode } from '@/workspace/editor/languages';
import { baseSetup, darkness, fontSize, tabs } from '@/workspace/editor/setup';

interface Mark {
  from: number;
  to: number;
  color: string;
}

const setMark = StateEffect.define<Mark | null>();

/** What was changed last, in its author's colour. */
const mark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setMark)) next = draw(effect.value);
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function draw(value: Mark | null): DecorationSet {
  if (!value) return Decoration.none;
  const { from, to, color } = value;
  if (to > from) {
    const style = `background: ${color}40; box-shadow: 0 2px ${color}`;
    return Decoration.set([Decoration.mark({ attributes: { style } }).range(from, to)]);
  }
  const line = Decoration.line({ attributes: { style: `box-shadow: inset 3px 0 ${color}` } });
  return Decoration.set([line.range(from)]);
}

/** A CodeMirror that shows one text after the other and cannot be typed into. */
export class TextView {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #label = new Compartment();
  readonly #appearance = new Compartment();
  #path = '';

  constructor(parent: HTMLElement) {
    const extensions = [
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      this.#appearance.of([]),
      baseSetup(),
      this.#language.of([]),
      this.#label.of([]),
      mark,
    ];
    this.#view = new EditorView({ parent, state: EditorState.create({ extensions }) });
  }

  destroy(): void {
    this.#view.destroy();
  }

  setPath(path: string): void {
    this.#path = path;
    const attributes = { 'aria-label': `Text of ${path}`, 'data-testid': 'playback-text', tabindex: '0' };
    this.#reconfigure(this.#label, EditorView.contentAttributes.of(attributes));
    void languageMode(path).then((mode) => {
      if (this.#path === path) this.#reconfigure(this.#language, mode);
    });
  }

  setAppearance(look: { fontSize: number; tabSize: number; dark: boolean }): void {
    this.#reconfigure(this.#appearance, [fontSize(look.fontSize), tabs(look.tabSize), darkness(look.dark)]);
  }

  /** Shows a text, and brings into view what was changed last. */
  show(text: string, range: { from: number; to: number } | null, color: string | null): void {
    const old = this.#view.state.doc.toString();
    const change = difference(old, text);
    // CodeMirror keeps every line break as one unit, whatever it was.
    const length = Math.max(old.length - (change ? change.to - change.from : 0) + (change?.insert.length ?? 0), 0);
    const inside = range && { from: Math.min(range.from, length), to: Math.min(range.to, length) };
    this.#view.dispatch({
      ...(change && { changes: change }),
      effects: [
        setMark.of(inside && color !== null ? atLine(inside, text, color) : null),
        ...(inside ? [EditorView.scrollIntoView(inside.to, { y: 'nearest', yMargin: 60 })] : []),
      ],
    });
  }

  #reconfigure(compartment: Compartment, extension: Extension): void {
    this.#view.dispatch({ effects: compartment.reconfigure(extension) });
  }
}

/** A deletion marks its whole line. */
function atLine({ from, to }: { from: number; to: number }, text: string, color: string): Mark {
  if (to > from) return { from, to, color };
  const start = text.lastIndexOf('\n', from - 1) + 1;
  return { from: start, to: start, color };
}

/** The one piece that differs, so that the view need not draw everything again. */
function difference(old: string, text: string): { from: number; to: number; insert: string } | null {
  if (old === text) return null;
  let from = 0;
  while (from < old.length && from < text.length && old[from] === text[from]) from += 1;
  let end = 0;
  const most = Math.min(old.length, text.length) - from;
  while (end < most && old[old.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  return { from, to: old.length - end, insert: text.slice(from, text.length - end) };
}
