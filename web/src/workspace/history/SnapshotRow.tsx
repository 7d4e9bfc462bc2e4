import { ActionIcon, Menu, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import {
  IconArrowBackUp,
  IconBookmark,
  IconClock,
  IconDots,
  IconFileDiff,
  IconPencil,
  IconPlayerPlay,
  IconRestore,
  IconTrash,
} from '@tabler/icons-react';
import { type SyntheticEvent, useState } from 'react';

import { describe } from '@/api/problem';
import type { Snapshot } from '@/api/types';
import { formatAgo } from '@/lib/format';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import { Confirm } from './Confirm';
import classes from './History.module.css';
import { titleOf, useSnapshotActions } from './snapshots';

const ICONS = { named: IconBookmark, run: IconPlayerPlay, timed: IconClock, restore: IconRestore };

interface Props {
  snapshot: Snapshot;
  onCompare: () => void;
}

/** One snapshot and what can be done with it. */
export function SnapshotRow({ snapshot, onCompare }: Props) {
  const { session, role } = useWorkspace();
  const [mode, setMode] = useState<'shown' | 'naming' | 'asking'>('shown');
  const { restore, remove } = useSnapshotActions(session.id);
  const Icon = snapshot.name === null ? ICONS[snapshot.kind] : IconBookmark;
  const editor = atLeast(role, 'editor');
  const title = titleOf(snapshot);
  const failed = (error: Error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' });
  const bringBack = () =>
    restore.mutate(snapshot.id, {
      onSuccess: () => notifications.show({ message: `“${title}” is back.`, role: 'status' }),
      onError: failed,
      onSettled: () => setMode('shown'),
    });
  return (
    <li className={classes.row}>
      <Icon size={16} aria-hidden className={classes.icon} />
      {mode === 'naming' ? (
        <NameForm snapshot={snapshot} onDone={() => setMode('shown')} />
      ) : (
        <button type="button" className={classes.open} onClick={onCompare}>
          <Text span size="sm" truncate fw={snapshot.name === null ? undefined : 600}>
            {title}
          </Text>
          <Text span size="xs" c="dimmed" truncate>
            {snapshot.by ? `${snapshot.by.display_name}, ` : ''}
            {formatAgo(snapshot.created_at)}
          </Text>
        </button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`Actions for ${title}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconFileDiff size={16} />} onClick={onCompare}>
            Compare…
          </Menu.Item>
          {editor && (
            <>
              <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => setMode('asking')}>
                Bring back…
              </Menu.Item>
              <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setMode('naming')}>
                {snapshot.name === null ? 'Name and keep' : 'Rename'}
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={16} />}
                onClick={() => remove.mutate(snapshot.id, { onError: failed })}
              >
                Delete
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={mode === 'asking'}
        title={`Bring back “${title}”?`}
        action="Bring back"
        harmless
        loading={restore.isPending}
        onClose={() => setMode('shown')}
        onConfirm={bringBack}
      >
        Everybody’s files become what they were then. What they are now is kept as a snapshot.
      </Confirm>
    </li>
  );
}

function NameForm({ snapshot, onDone }: { snapshot: Snapshot; onDone: () => void }) {
  const { session } = useWorkspace();
  const { rename } = useSnapshotActions(session.id);
  const [name, setName] = useState(snapshot.name ?? '');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    rename.mutate({ snapshot: snapshot.id, name }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit} className={classes.naming}>
      <TextInput
        aria-label="New name of the snapshot"
        size="xs"
        maxLength={120}
        value={name}
        data-autofocus
        ref={(input) => input?.focus()}
        error={rename.isError && describe(rename.error)}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && onDone()}
      />
    </form>
  );
}
