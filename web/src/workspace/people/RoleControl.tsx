import { ActionIcon, Group, NativeSelect, Text, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconUserMinus } from '@tabler/icons-react';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { Participant, Role } from '@/api/types';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import { atLeast, ROLE_HINTS } from '../roles';
import { PersonMenu } from './PersonMenu';

interface Props {
  participant: Participant;
  me: boolean;
}

type Grantable = Exclude<Role, 'owner'>;

/** A participant's role. Admins and the owner manage those below themselves, and up to there. */
export function RoleControl({ participant: { user, role }, me }: Props) {
  const { role: mine } = useWorkspace();
  const change = useChangeRole(user.id);
  const above = (other: Role) => mine !== other && atLeast(mine, other);
  if (me || !atLeast(mine, 'admin') || !above(role)) {
    return (
      <Text size="xs" c="dimmed" title={ROLE_HINTS[role]}>
        {role}
      </Text>
    );
  }
  const roles = user.guest ? (['viewer', 'editor'] as const) : (['viewer', 'editor', 'admin'] as const);
  const grantable: Grantable[] = roles.filter(above);
  return (
    <Group gap={4} wrap="nowrap">
      <NativeSelect
        aria-label={`Role of ${user.display_name}`}
        size="xs"
        value={role}
        data={grantable}
        disabled={change.isPending}
        onChange={(event) => change.mutate(event.currentTarget.value as Grantable)}
      />
      <Tooltip label="Remove from the session">
        <ActionIcon
          aria-label={`Remove ${user.display_name}`}
          disabled={change.isPending}
          onClick={() => change.mutate(null)}
        >
          <IconUserMinus size={16} />
        </ActionIcon>
      </Tooltip>
      <PersonMenu person={user} />
    </Group>
  );
}

/** Gives a participant another role or, with nothing, removes them. */
function useChangeRole(user: string) {
  const { session } = useWorkspace();
  const client = useQueryClient();
  const params = { path: { id: session.id, user } };
  return useMutation({
    mutationFn: async (role: Grantable | null) => {
      const path = '/api/v1/sessions/{id}/participants/{user}';
      if (role === null) await unwrap(api.DELETE(path, { params }));
      else await unwrap(api.PUT(path, { params, body: { role } }));
    },
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.people(session.id) }),
  });
}
