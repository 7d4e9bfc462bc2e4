import { Button, CloseButton } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';

import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import { useFiles } from '../files/useFiles';
import { Notice } from '../Notice';

/** Who brought one here, and the way back. */
export function GatherNotice() {
  const { room } = useWorkspace();
  const gathering = useStore(room.follow.gathering);
  const files = useFiles(room.doc);
  if (!gathering) return null;
  const path = files.find(({ id }) => id === gathering.fileId)?.path ?? 'a file that is gone';
  return (
    <Notice icon={<IconUsersGroup size={16} aria-hidden />}>
      <span>
        {gathering.by.display_name} brought everyone to {path}, line {gathering.line}.
      </span>
      {gathering.back && (
        <Button size="compact-xs" variant="default" flex="none" onClick={() => room.follow.goBack()}>
          Go back
        </Button>
      )}
      <CloseButton
        size="xs"
        ml="auto"
        c="inherit"
        aria-label="Stay here"
        onClick={() => room.follow.gathering.set(null)}
      />
    </Notice>
  );
}
