import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type KeyboardEvent, useRef, useState } from 'react';

import { useWorkspace } from '../context';
import { GatherButton } from '../follow/GatherButton';
import { usePresence } from '../people/presence';
import { DeleteFileModal } from './DeleteFileModal';
import { FileMenu } from './FileMenu';
import { FileNameModal } from './FileNameModal';
import { addFile, deleteFile, type FileEntry, MAX_FILES, renameFile } from './files';
import { FileTab } from './FileTab';
import classes from './FileTabs.module.css';

interface Props {
  files: FileEntry[];
  open: FileEntry | null;
  onOpen: (id: string) => void;
  writable: boolean;
}

/** What the name dialog is for: a new file, or another name for one. */
type Naming = { file: FileEntry | null } | null;

/** The session's files as tabs; arrow keys move between them, F2 renames. */
export function FileTabs({ files, open, onOpen, writable }: Props) {
  const { room } = useWorkspace();
  const present = usePresence(room.link.awareness);
  const [naming, setNaming] = useState<Naming>(null);
  const [deleting, setDeleting] = useState<FileEntry | null>(null);
  const list = useRef<HTMLDivElement>(null);

  const focus = (index: number) => {
    const file = files[(index + files.length) % files.length];
    if (!file) return;
    onOpen(file.id);
    list.current?.querySelector<HTMLElement>(`[data-file="${file.id}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = files.findIndex(({ id }) => id === open?.id);
    const target = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 }[event.key];
    if (target !== undefined) focus(target);
    else if (event.key === 'F2' && writable && open) setNaming({ file: open });
    else return;
    event.preventDefault();
  };
  const onNamed = (path: string) => {
    if (naming?.file) renameFile(room.doc, naming.file.id, path);
    else onOpen(addFile(room.doc, path));
    setNaming(null);
  };
  const full = files.length >= MAX_FILES;
  return (
    <div className={classes.bar}>
      {/* Tabs handle the keys; the list only hears what bubbles up from the focused one. */}
      <div
        ref={list}
        role="tablist"
        tabIndex={-1}
        aria-label="Open file"
        className={classes.tabs}
        onKeyDown={onKeyDown}
      >
        {files.map((file) => (
          <FileTab
            key={file.id}
            file={file}
            active={file.id === open?.id}
            watchers={present.filter(({ file: at }) => at === file.id)}
            onOpen={() => onOpen(file.id)}
          />
        ))}
      </div>
      {writable && open && (
        <FileMenu file={open} onRename={() => setNaming({ file: open })} onDelete={() => setDeleting(open)} />
      )}
      {writable && (
        <Tooltip label={full ? `At most ${MAX_FILES} files` : 'New file'}>
          <ActionIcon aria-label="New file" disabled={full} onClick={() => setNaming({ file: null })}>
            <IconPlus size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      <GatherButton />
      <FileNameModal
        opened={naming !== null}
        file={naming?.file ?? null}
        others={files.filter(({ id }) => id !== naming?.file?.id).map(({ path }) => path)}
        onClose={() => setNaming(null)}
        onNamed={onNamed}
      />
      <DeleteFileModal file={deleting} onClose={() => setDeleting(null)} onDelete={(id) => deleteFile(room.doc, id)} />
    </div>
  );
}
