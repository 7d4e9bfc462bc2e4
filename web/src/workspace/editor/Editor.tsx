import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type * as Y from 'yjs';

import { useStore } from '@/lib/store';
import { preferences } from '@/settings/preferences';

import type { Room } from '../sync/room';
import classes from './EditorPane.module.css';
import { FileEditor } from './fileEditor';

interface Props {
  room: Room;
  fileId: string;
  path: string;
  text: Y.Text;
  writable: boolean;
}

/** The text of one file, which everybody edits at once. */
export function Editor({ room, fileId, path, text, writable }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<FileEditor | null>(null);
  const { fontSize, tabSize, keymap } = useStore(preferences);
  const dark = useComputedColorScheme('light') === 'dark';

  useEffect(() => {
    if (!host.current) return;
    const opened = new FileEditor(host.current, room, fileId, text);
    editor.current = opened;
    return () => {
      editor.current = null;
      opened.destroy();
    };
  }, [room, fileId, text]);
  // After the effect above, so that a new editor gets all of these too.
  useEffect(() => editor.current?.setPath(path), [path, room, fileId, text]);
  useEffect(() => {
    editor.current?.setAppearance({ fontSize, tabSize, dark, writable });
  }, [fontSize, tabSize, dark, writable, room, fileId, text]);
  useEffect(() => editor.current?.setKeymap(keymap), [keymap, room, fileId, text]);
  return <div ref={host} className={classes.editor} />;
}
