import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconEye } from '@tabler/icons-react';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';

import { Notice } from './Notice';
import { keys } from './queries';

/** For readers of a public session, whom its admins cannot see, and so cannot let edit, until they join. */
export function JoinNotice({ id }: { id: string }) {
  const client = useQueryClient();
  const join = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/sessions/{id}/join', { params: { path: { id } }, body: {} })),
    onSuccess: (joined) => {
      if ('waiting' in joined) return;
      client.setQueryData(keys.session(id), joined);
      return client.invalidateQueries({ queryKey: keys.people(id) });
    },
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
  });
  const waits = join.data !== undefined && 'waiting' in join.data;
  return (
    <Notice icon={<IconEye size={16} aria-hidden />}>
      {waits
        ? 'You have asked to join. An admin has to let you in.'
        : 'You are reading along. Join, and an admin can let you edit.'}
      {!waits && (
        <Button size="compact-xs" variant="default" loading={join.isPending} onClick={() => join.mutate()}>
          Join
        </Button>
      )}
    </Notice>
  );
}
