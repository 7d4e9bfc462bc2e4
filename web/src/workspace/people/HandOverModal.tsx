import { Button, Group, Modal, Stack, Text } from '@mantine/core';

import { api, unwrap } from '@/api/client';
import type { Person } from '@/api/types';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import { useAct } from '../useAct';

interface Props {
  person: Person;
  opened: boolean;
  onClose: () => void;
}

/** Asks before the session gets another owner. */
export function HandOverModal({ person, opened, onClose }: Props) {
  const { session } = useWorkspace();
  const hand = useAct(
    () =>
      unwrap(
        api.POST('/api/v1/sessions/{id}/owner', {
          params: { path: { id: session.id } },
          body: { user_id: person.id },
        }),
      ),
    [keys.people(session.id), keys.session(session.id)],
  );
  return (
    <Modal opened={opened} onClose={onClose} title={`Make ${person.display_name} the owner?`}>
      <Stack>
        <Text size="sm">
          They can then delete the session and manage everybody in it. You stay as an admin, and only they can give it
          back.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={hand.isPending} onClick={() => hand.mutate(undefined, { onSuccess: onClose })}>
            Make owner
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
