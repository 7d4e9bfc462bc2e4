import { Button, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import type { Session } from '@/api/types';
import { formatAgo } from '@/lib/format';

import classes from './SessionCard.module.css';
import { useRestore } from './useRestore';

/** A deleted session in the list, with the way back. */
export function DeletedCard({ session }: { session: Session }) {
  const restore = useRestore();
  const [busy, setBusy] = useState(false);
  const onClick = () => {
    setBusy(true);
    void restore(session.id).finally(() => setBusy(false));
  };
  return (
    <div className={classes.card} data-still>
      <Stack gap={1} miw={0}>
        <Text fw={550} truncate>
          {session.title}
        </Text>
        <Text size="xs" c="dimmed">
          Deleted {formatAgo(session.deleted_at ?? session.updated_at)}
        </Text>
      </Stack>
      <Button variant="default" size="xs" loading={busy} onClick={onClick} aria-label={`Restore ${session.title}`}>
        Restore
      </Button>
    </div>
  );
}
