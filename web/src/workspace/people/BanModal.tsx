import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';

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

/** Asks before somebody is kept out. A guest's link is proposed to go too: it would let them in under another name. */
export function BanModal({ person, opened, onClose }: Props) {
  const { session } = useWorkspace();
  const [withInvite, setWithInvite] = useState(person.guest ?? false);
  const ban = useAct(
    () =>
      unwrap(
        api.POST('/api/v1/sessions/{id}/bans', {
          params: { path: { id: session.id } },
          body: { user_id: person.id, delete_invite: withInvite },
        }),
      ),
    [keys.people(session.id), keys.bans(session.id), keys.invites(session.id)],
  );
  return (
    <Modal opened={opened} onClose={onClose} title={`Ban ${person.display_name}?`}>
      <Stack>
        <Text size="sm">They are out at once and cannot come back until the ban is lifted, below “People”.</Text>
        <Checkbox
          label="Also delete the invite they came by"
          description={
            person.guest
              ? 'Otherwise a guest can come again by the same link, under another name.'
              : 'Nobody else can come by it then. Who is in stays.'
          }
          checked={withInvite}
          onChange={(event) => setWithInvite(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red.9" loading={ban.isPending} onClick={() => ban.mutate(undefined, { onSuccess: onClose })}>
            Ban
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
