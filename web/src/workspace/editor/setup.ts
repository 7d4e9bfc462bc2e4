import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { yUndoManagerKeymap } from 'y-codemirror.next';

/** What every editor has. The colours are design tokens, which follow light and dark. */
export function baseSetup(): Extension {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    foldGutter(),
    drawSelection(),
    dropCursor(),
    EditorState.allowMultipleSelections.of(true),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    rectangularSelection(),
    crosshairCursor(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    keymap.of([
      ...closeBracketsKeymap,
      // Ctrl/Cmd+Enter runs the program: the workspace handles it.
      ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
      ...searchKeymap,
      ...yUndoManagerKeymap,
      ...foldKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    syntaxHighlighting(highlight),
    chrome,
  ];
}

/** A tab's width and what the Tab key writes. */
export function tabs(size: number): Extension {
  return [EditorState.tabSize.of(size), indentUnit.of(' '.repeat(size))];
}

/** The size of the text, in px. */
export function fontSize(px: number): Extension {
  return EditorView.theme({ '&': { fontSize: `${px}px` } });
}

/** Which of CodeMirror's own defaults apply. */
export function darkness(dark: boolean): Extension {
  return EditorView.theme({}, { dark });
}

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--cc-code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.character], color: 'var(--cc-code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--cc-code-number)' },
  { tag: tags.comment, color: 'var(--cc-code-comment)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: 'var(--cc-code-function)' },
  { tag: [tags.typeName, tags.className, tags.namespace], color: 'var(--cc-code-type)' },
  { tag: [tags.meta, tags.annotation, tags.processingInstruction], color: 'var(--cc-code-meta)' },
  { tag: tags.invalid, color: 'var(--mantine-color-error)' },
]);

const chrome = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--cc-surface)', color: 'var(--mantine-color-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.55' },
  '.cm-content': { padding: '18px 0 40vh', caretColor: 'var(--mantine-color-text)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--mantine-color-text)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--cc-surface)', color: 'var(--cc-muted)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '36px', padding: '0 4px 0 10px' },
  '.cm-activeLine': { backgroundColor: 'var(--cc-active-line)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--mantine-color-text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--cc-selection)',
  },
  '.cm-panels': { backgroundColor: 'var(--cc-raised)', color: 'inherit', borderColor: 'var(--cc-line)' },
  '.cm-tooltip': { backgroundColor: 'var(--cc-raised)', borderColor: 'var(--cc-line)', borderRadius: '4px' },
});
