import { Alert, Button, Group, Menu, ScrollArea, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { IconCamera, IconDots, IconDownload, IconEraser, IconPlayerPlay } from '@tabler/icons-react';
import { type SyntheticEvent, useState } from 'react';
import { Link } from 'react-router';

import { api, unwrap } from '@/api/client';
import { downloadOrTell } from '@/api/download';
import { describe } from '@/api/problem';
import type { Snapshot } from '@/api/types';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import { Confirm } from './Confirm';
import { DiffModal } from './DiffModal';
import classes from './History.module.css';
import { SnapshotRow } from './SnapshotRow';
import { useSnapshotActions, useSnapshots } from './snapshots';

/** Snapshots of the files, and the way to the playback. */
export function HistoryPane() {
  const { session, role } = useWorkspace();
  const snapshots = useSnapshots(session.id);
  const [compared, setCompared] = useState<Snapshot | null>(null);
  const all = snapshots.data?.pages.flatMap((page) => page.items) ?? [];
  if (role === null) return <Nothing>Whoever takes part sees how the files came to be what they are.</Nothing>;
  return (
    <section className={classes.pane} aria-label="History">
      <Group gap="xs" wrap="nowrap" className={classes.head}>
        <Button
          component={Link}
          to={`/s/${session.id}/playback`}
          size="compact-sm"
          variant="light"
          leftSection={<IconPlayerPlay size={14} />}
        >
          Play back
        </Button>
        <MoreMenu />
      </Group>
      {atLeast(role, 'editor') && <TakeSnapshot />}
      {snapshots.isError && (
        <Alert color="red" variant="light">
          {describe(snapshots.error)}
        </Alert>
      )}
      {snapshots.isSuccess && all.length === 0 && (
        <Nothing>Snapshots are made with every run, and every ten minutes while people edit.</Nothing>
      )}
      <ScrollArea flex={1}>
        <ul className={classes.list} data-testid="snapshots">
          {all.map((snapshot) => (
            <SnapshotRow key={snapshot.id} snapshot={snapshot} onCompare={() => setCompared(snapshot)} />
          ))}
        </ul>
        {snapshots.hasNextPage && (
          <Button
            fullWidth
            variant="subtle"
            size="compact-sm"
            loading={snapshots.isFetchingNextPage}
            onClick={() => void snapshots.fetchNextPage()}
          >
            Older ones
          </Button>
        )}
      </ScrollArea>
      {compared && <DiffModal from={compared} others={all} onClose={() => setCompared(null)} />}
    </section>
  );
}

function Nothing({ children }: { children: string }) {
  return (
    <Text c="dimmed" size="sm" p="md">
      {children}
    </Text>
  );
}

function TakeSnapshot() {
  const { session } = useWorkspace();
  const [name, setName] = useState('');
  const { take } = useSnapshotActions(session.id);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    take.mutate(name, { onSuccess: () => setName('') });
  };
  return (
    <form onSubmit={submit} className={classes.take}>
      <TextInput
        aria-label="Name of the snapshot"
        placeholder="Name, for example “it works”"
        size="xs"
        flex={1}
        maxLength={120}
        value={name}
        error={take.isError && describe(take.error)}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        size="xs"
        variant="default"
        loading={take.isPending}
        disabled={name.trim() === ''}
        leftSection={<IconCamera size={14} />}
      >
        Take snapshot
      </Button>
    </form>
  );
}

function MoreMenu() {
  const { session, role } = useWorkspace();
  const [asking, setAsking] = useState(false);
  const purge = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/sessions/{id}/history', { params: { path: { id: session.id } } })),
    onSuccess: () => setAsking(false),
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
  });
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="subtle" color="gray" size="compact-sm" ml="auto" aria-label="More about the history">
            <IconDots size={16} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconDownload size={16} />}
            onClick={() => void downloadOrTell(`/sessions/${session.id}/history/export`, `session-${session.id}.jsonl`)}
          >
            Download everything
          </Menu.Item>
          {role === 'owner' && (
            <Menu.Item color="red" leftSection={<IconEraser size={16} />} onClick={() => setAsking(true)}>
              Forget the history…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asking}
        title="Forget the history?"
        action="Forget the history"
        loading={purge.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => purge.mutate()}
      >
        Every edit up to now and all automatic snapshots are deleted for good. Files, named snapshots and runs stay.
      </Confirm>
    </>
  );
}
