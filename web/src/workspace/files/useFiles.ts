import { useEffect, useState } from 'react';
import type * as Y from 'yjs';

import { type FileEntry, filesOf, listFiles } from './files';

/** The document's files, kept current through everybody's changes. */
export function useFiles(doc: Y.Doc): FileEntry[] {
  const [files, setFiles] = useState(() => listFiles(doc));
  useEffect(() => {
    const map = filesOf(doc);
    // Typing changes texts, three levels deep; the list only depends on the two levels above.
    const observe = (events: Y.YEvent<Y.AbstractType<unknown>>[]) => {
      if (events.some((event) => event.path.length < 2)) setFiles(listFiles(doc));
    };
    const deep = observe as unknown as Parameters<typeof map.observeDeep>[0];
    map.observeDeep(deep);
    setFiles(listFiles(doc));
    return () => map.unobserveDeep(deep);
  }, [doc]);
  return files;
}
