import { Center, Text } from '@mantine/core';

import { useStore } from '@/lib/store';
import { Waiting } from '@/ui/Waiting';

import { useWorkspace } from '../context';
import { type FileEntry, textOf } from '../files/files';
import { FileTabs } from '../files/FileTabs';
import { FollowFrame } from '../follow/FollowFrame';
import { atLeast } from '../roles';
import { Editor } from './Editor';
import classes from './EditorPane.module.css';

interface Props {
  files: FileEntry[];
  open: FileEntry | null;
  onOpen: (id: string) => void;
}

/** The files and the text of the open one. */
export function EditorPane({ files, open, onOpen }: Props) {
  const { room, role } = useWorkspace();
  const loaded = useStore(room.link.loaded);
  const text = open && textOf(room.doc, open.id);
  const writable = atLeast(role, 'editor');
  if (!loaded) return <Waiting message="Opening the document…" />;
  return (
    <section className={classes.pane} aria-label="Files">
      <FileTabs files={files} open={open} onOpen={onOpen} writable={writable} />
      {open?.trouble && (
        <Text size="sm" c="var(--cc-danger)" px="sm" py={4} role="alert">
          {open.trouble}
        </Text>
      )}
      <FollowFrame>
        {open && text ? (
          <Editor key={open.id} room={room} fileId={open.id} path={open.path} text={text} writable={writable} />
        ) : (
          <Center flex={1}>
            <Text c="dimmed">{writable ? 'No files yet. Add one with +.' : 'No files yet.'}</Text>
          </Center>
        )}
      </FollowFrame>
    </section>
  );
}
