import { Button, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { useNavigate } from 'react-router';

import { api, unwrap } from '@/api/client';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import { useAct } from '../useAct';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** Copies the session into one of one's own, and opens that. */
export function ForkModal({ opened, onClose }: Props) {
  const { session } = useWorkspace();
  const client = useQueryClient();
  const navigate = useNavigate();
  const fork = useAct(
    (title: string) =>
      unwrap(
        api.POST('/api/v1/sessions/{id}/fork', {
          params: { path: { id: session.id } },
          body: title === '' ? {} : { title },
        }),
      ),
    [keys.sessions],
  );
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const title = new FormData(event.currentTarget).get('title');
    fork.mutate(typeof title === 'string' ? title.trim() : '', {
      onSuccess: (made) => {
        onClose();
        client.setQueryData(keys.session(made.id), made);
        void navigate(`/s/${made.id}`);
      },
    });
  };
  return (
    <Modal opened={opened} onClose={onClose} title="Fork this session">
      <form onSubmit={onSubmit}>
        <Stack>
          <Text size="sm">You get a private session of your own, with the files as they are now.</Text>
          <TextInput
            name="title"
            label="Title (optional)"
            placeholder={`${session.title} (fork)`}
            maxLength={120}
            data-autofocus
          />
          <Button type="submit" loading={fork.isPending}>
            Fork
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
