import { Alert, Badge, Modal, NativeSelect, Text } from '@mantine/core';
import { useState } from 'react';

import { describe } from '@/api/problem';
import type { FileDiff, Snapshot } from '@/api/types';
import { formatAgo } from '@/lib/format';
import { Waiting } from '@/ui/Waiting';

import { useWorkspace } from '../context';
import { parseDiff } from './diff';
import classes from './History.module.css';
import { titleOf, useDiff } from './snapshots';

interface Props {
  from: Snapshot;
  others: Snapshot[];
  onClose: () => void;
}

/** What has changed from a snapshot to now, or to another one. */
export function DiffModal({ from, others, onClose }: Props) {
  const { session } = useWorkspace();
  const [to, setTo] = useState('');
  const diff = useDiff(session.id, from.id, to === '' ? null : to);
  const choices = others.filter(({ id }) => id !== from.id);
  return (
    <Modal opened onClose={onClose} size="xl" title={`Changes since “${titleOf(from)}”`}>
      <NativeSelect
        label="Up to"
        size="xs"
        mb="sm"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        data={[
          { value: '', label: 'now' },
          ...choices.map((other) => ({
            value: other.id,
            label: `${titleOf(other)}, ${formatAgo(other.created_at)}`,
          })),
        ]}
      />
      {diff.isPending && <Waiting />}
      {diff.isError && (
        <Alert color="red" variant="light">
          {describe(diff.error)}
        </Alert>
      )}
      {diff.data?.length === 0 && <Text size="sm">Nothing differs.</Text>}
      {diff.data?.map((file) => (
        <FileChanges key={file.path} file={file} />
      ))}
    </Modal>
  );
}

const CHANGES = { added: ['new', 'teal'], removed: ['gone', 'red'], modified: ['changed', 'gray'] } as const;

function FileChanges({ file }: { file: FileDiff }) {
  const [word, color] = CHANGES[file.change];
  return (
    <section className={classes.file} aria-label={file.path}>
      <header>
        <b>{file.path}</b>
        <Badge color={color} variant="light" tt="none" size="sm">
          {word}
        </Badge>
        <Text span size="xs" c="dimmed">
          +{file.added} −{file.removed}
        </Text>
      </header>
      {/* A scrolling region must be reachable, or the keyboard cannot scroll it. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={classes.diff} tabIndex={0} data-testid="diff">
        {parseDiff(file.diff).map(({ kind, text }, index) => (
          <span key={index} data-kind={kind}>
            {text}
          </span>
        ))}
      </pre>
    </section>
  );
}
