import { Alert, Group, Stack, Text } from '@mantine/core';

import { describe } from '@/api/problem';
import type { Participant } from '@/api/types';
import { useUser } from '@/auth/useAuth';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { useWorkspace } from '../context';
import { usePeople } from '../queries';
import { atLeast } from '../roles';
import classes from './PeopleList.module.css';
import { usePresence } from './presence';
import { RoleControl } from './RoleControl';

/** The participants with their roles, which admins change. Who is here now comes first. */
export function PeopleList() {
  const { session, room } = useWorkspace();
  const people = usePeople(session.id);
  const here = new Set(usePresence(room.link.awareness).map(({ id }) => id));
  if (people.isError)
    return (
      <Alert color="red" variant="light">
        {describe(people.error)}
      </Alert>
    );
  const sorted = [...(people.data ?? [])].sort(
    (a, b) =>
      Number(here.has(b.user.id)) - Number(here.has(a.user.id)) ||
      Number(atLeast(b.role, a.role)) - Number(atLeast(a.role, b.role)),
  );
  return (
    <Stack component="ul" gap={6} p={0} m={0} aria-label="Participants" className={classes.list}>
      {sorted.map((participant) => (
        <PersonRow key={participant.user.id} participant={participant} here={here.has(participant.user.id)} />
      ))}
    </Stack>
  );
}

function PersonRow({ participant, here }: { participant: Participant; here: boolean }) {
  const { user } = participant;
  const me = useUser().id === user.id;
  return (
    <li>
      <Group gap="sm" wrap="nowrap" justify="space-between">
        <Group gap={8} wrap="nowrap" miw={0}>
          <span aria-hidden className={classes.avatar} data-away={!here || undefined}>
            <PersonAvatar name={user.display_name} color={user.color} />
          </span>
          <Stack gap={0} miw={0}>
            <Text size="sm" truncate lh={1.3}>
              {user.display_name}
              {me && (
                <Text span c="dimmed">
                  {' '}
                  (you)
                </Text>
              )}
            </Text>
            <Text size="xs" c="dimmed" lh={1.3} truncate>
              {here ? 'here now' : 'away'}
            </Text>
          </Stack>
        </Group>
        <RoleControl participant={participant} me={me} />
      </Group>
    </li>
  );
}
