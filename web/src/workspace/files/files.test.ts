import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';

import { addFile, deleteFile, listFiles, renameFile, sources, textOf } from './files';

/** Two people with the same document, and what brings them together again. */
function pair(): { a: Y.Doc; b: Y.Doc; id: string; sync: () => void } {
  const a = new Y.Doc();
  const b = new Y.Doc();
  const sync = () => {
    const [fromA, fromB] = [Y.encodeStateAsUpdate(a), Y.encodeStateAsUpdate(b)];
    Y.applyUpdate(b, fromA);
    Y.applyUpdate(a, fromB);
  };
  const id = addFile(a, 'main.py', 'print(1)\n');
  sync();
  return { a, b, id, sync };
}

const paths = (doc: Y.Doc) => listFiles(doc).map(({ path }) => path);

describe('files', () => {
  it('are listed by path and run as they are', () => {
    const { a } = pair();
    addFile(a, 'b.py');
    addFile(a, 'a.py', 'x = 1');
    expect(paths(a)).toEqual(['a.py', 'b.py', 'main.py']);
    expect(sources(a)).toEqual([
      { path: 'a.py', content: 'x = 1' },
      { path: 'b.py', content: '' },
      { path: 'main.py', content: 'print(1)\n' },
    ]);
  });

  it('keep what both typed at once', () => {
    const { a, b, id, sync } = pair();
    textOf(a, id)?.insert(0, '# a\n');
    textOf(b, id)?.insert(9, '# b\n');
    sync();
    expect(sources(a)).toEqual([{ path: 'main.py', content: '# a\nprint(1)\n# b\n' }]);
    expect(sources(b)).toEqual(sources(a));
  });

  it('that one renames and the other deletes are deleted for both', () => {
    const { a, b, id, sync } = pair();
    renameFile(a, id, 'renamed.py');
    deleteFile(b, id);
    sync();
    expect(paths(a)).toEqual([]);
    expect(paths(b)).toEqual([]);
    expect(textOf(a, id)).toBeNull();
    renameFile(a, id, 'again.py');
    expect(paths(a)).toEqual([]);
  });

  it('that both rename get one name, the same for both', () => {
    const { a, b, id, sync } = pair();
    renameFile(a, id, 'a.py');
    renameFile(b, id, 'b.py');
    sync();
    expect(paths(a)).toEqual(paths(b));
    expect(['a.py', 'b.py']).toContain(paths(a)[0]);
  });

  it('that are renamed keep what the other types meanwhile', () => {
    const { a, b, id, sync } = pair();
    renameFile(a, id, 'app.py');
    textOf(b, id)?.insert(0, 'import os\n');
    sync();
    expect(sources(a)).toEqual([{ path: 'app.py', content: 'import os\nprint(1)\n' }]);
  });

  it('that both add under one name both stay, and one is marked, the same for both', () => {
    const { a, b, sync } = pair();
    addFile(a, 'util.py', 'a');
    addFile(b, 'UTIL.py', 'b');
    sync();
    expect(listFiles(a)).toEqual(listFiles(b));
    expect(listFiles(a).filter(({ trouble }) => trouble !== null)).toHaveLength(1);
    expect(listFiles(a)).toHaveLength(3);
  });

  it('of another shape than ours do no harm', () => {
    const { a } = pair();
    a.getMap('files').set('x', 'text');
    const odd = new Y.Map();
    odd.set('path', 7);
    a.getMap('files').set('y', odd);
    expect(paths(a)).toEqual(['main.py']);
    expect(textOf(a, 'x')).toBeNull();
    renameFile(a, 'x', 'z.py');
    expect(paths(a)).toEqual(['main.py']);
  });
});
