import { Button, Group, Modal, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import { showUndo } from '@/home/undo';
import { useRestore } from '@/home/useRestore';

import { useWorkspace } from '../context';
import { keys } from '../queries';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** Asks before somebody leaves the session or, as its owner, deletes it. */
export function EndSessionModal({ opened, onClose }: Props) {
  const { session, role } = useWorkspace();
  const end = useEndSession(session.id, session.title);
  const owner = role === 'owner';
  const what = owner ? 'Delete session' : 'Leave session';
  return (
    <Modal opened={opened} onClose={onClose} title={`${what}?`}>
      <Text size="sm">
        {owner
          ? `“${session.title}” disappears for everybody in it. You can restore it for some time, from “Deleted” in your list.`
          : 'To come back you need an invite, unless the session is public.'}
      </Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.9" loading={end.isPending} onClick={() => end.mutate(owner ? 'delete' : 'leave')}>
          {what}
        </Button>
      </Group>
    </Modal>
  );
}

function useEndSession(id: string, title: string) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const restore = useRestore();
  const params = { path: { id } };
  return useMutation({
    mutationFn: async (how: 'delete' | 'leave') => {
      if (how === 'delete') await unwrap(api.DELETE('/api/v1/sessions/{id}', { params }));
      else await unwrap(api.POST('/api/v1/sessions/{id}/leave', { params }));
      return how;
    },
    onSuccess: async (how) => {
      await navigate('/');
      client.removeQueries({ queryKey: keys.session(id) });
      if (how === 'delete') showUndo(title, () => restore(id));
    },
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
  });
}
