import { ensureSyntaxTree, language } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, it } from 'vitest';

import { languageMode } from './languages';

async function stateOf(path: string, doc: string) {
  return EditorState.create({ doc, extensions: [await languageMode(path)] });
}

it.each([
  ['main.c', '/* a */'],
  ['main.cpp', '// a'],
  ['main.go', '// a'],
  ['Main.java', '// a'],
  ['main.js', '// a'],
  ['main.py', '# a'],
  ['main.rs', '// a'],
  ['main.ts', '// a'],
  ['main.sh', '# a'],
  ['main.rb', '# a'],
  ['main.php', '<?php // a'],
  ['main.pl', '# a'],
  ['lib/Six.pm', '# a'],
  ['main.lua', '-- a'],
  ['main.sql', '-- a'],
])('%s has a mode that knows a comment', async (path, text) => {
  const state = await stateOf(path, text);
  const names = new Set<string>();
  ensureSyntaxTree(state, text.length)?.iterate({ enter: ({ name }) => void names.add(name.toLowerCase()) });
  expect([...names].some((name) => name.includes('comment'))).toBe(true);
});

it('has none for other files', async () => {
  expect((await stateOf('notes.txt', '# a')).facet(language)).toBeNull();
});
