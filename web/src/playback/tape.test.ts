import { expect, test } from 'vitest';
import * as Y from 'yjs';

import { addFile, textOf } from '@/workspace/files/files';

import type { Edit } from './recording';
import { readFile, Tape } from './tape';

/** Records what `work` does to a document, each transaction an edit. */
function record(work: (doc: Y.Doc) => void): Edit[] {
  const doc = new Y.Doc();
  const edits: Edit[] = [];
  doc.on('update', (update: Uint8Array) => edits.push({ at: edits.length, author: 'ada', update }));
  work(doc);
  return edits;
}

function typed(count: number): { edits: Edit[]; id: string } {
  let id = '';
  const edits = record((doc) => {
    id = addFile(doc, 'main.py');
    for (let index = 0; index < count; index += 1) textOf(doc, id)?.insert(index, String(index % 10));
  });
  return { edits, id };
}

test('every position has the text of that moment, forward, back and across kept states', () => {
  const { edits, id } = typed(600);
  const tape = new Tape({ start: null, edits, people: new Map() });
  const all = Array.from({ length: 600 }, (_, index) => index % 10).join('');
  for (const position of [1, 300, 601, 599, 251, 250, 10, 601, 1]) {
    tape.seek(position);
    expect(readFile(tape.doc, id)).toBe(all.slice(0, position - 1));
  }
  tape.seek(0);
  expect(tape.doc.getMap('files').size).toBe(0);
});

test('the last edit is known with its author and place', () => {
  const { edits, id } = typed(3);
  const tape = new Tape({ start: null, edits, people: new Map() });
  tape.seek(4);
  expect(tape.touched).toEqual({ fileId: id, author: 'ada', from: 2, to: 3 });
});

test('a log that was cut begins with what was before', () => {
  const { edits, id } = typed(5);
  const before = Y.mergeUpdates(edits.slice(0, 3).map(({ update }) => update));
  const tape = new Tape({ start: before, edits: edits.slice(3), people: new Map() });
  tape.seek(0);
  expect(readFile(tape.doc, id)).toBe('01');
  tape.seek(3);
  expect(readFile(tape.doc, id)).toBe('01234');
});
