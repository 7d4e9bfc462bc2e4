import { ActionIcon, Button, Group, Menu, Modal, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconDots, IconDoorExit, IconTrash } from '@tabler/icons-react';
import { useNavigate } from 'react-router';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';

import { useWorkspace } from '../context';
import { keys } from '../queries';

/** Leaving the session or, for its owner, deleting it. */
export function SessionMenu() {
  const { session, role } = useWorkspace();
  const [asking, { open, close }] = useDisclosure();
  const end = useEndSession(session.id);
  if (role === null) return null;
  const owner = role === 'owner';
  const what = owner ? 'Delete session' : 'Leave session';
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <ActionIcon aria-label="Session menu">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            color="red"
            leftSection={owner ? <IconTrash size={16} /> : <IconDoorExit size={16} />}
            onClick={open}
          >
            {what}…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={close} title={`${what}?`}>
        <Text size="sm">
          {owner
            ? `“${session.title}” disappears for everybody in it.`
            : 'To come back you need an invite, unless the session is public.'}
        </Text>
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button color="red.9" loading={end.isPending} onClick={() => end.mutate(owner ? 'delete' : 'leave')}>
            {what}
          </Button>
        </Group>
      </Modal>
    </>
  );
}

function useEndSession(id: string) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const params = { path: { id } };
  return useMutation({
    mutationFn: async (how: 'delete' | 'leave') => {
      if (how === 'delete') await unwrap(api.DELETE('/api/v1/sessions/{id}', { params }));
      else await unwrap(api.POST('/api/v1/sessions/{id}/leave', { params }));
    },
    onSuccess: async () => {
      await navigate('/');
      client.removeQueries({ queryKey: keys.session(id) });
    },
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
  });
}
