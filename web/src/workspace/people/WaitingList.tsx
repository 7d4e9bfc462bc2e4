import { Button, Group, Stack, Text, Title } from '@mantine/core';

import type { WaitingPerson } from '@/api/types';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { useWorkspace } from '../context';
import { useWaiting } from '../queries';
import { atLeast } from '../roles';
import classes from './PeopleList.module.css';
import { useDoor } from './useDoor';

/** Who waits to be let in, for those who decide it. */
export function WaitingList() {
  const { session, role } = useWorkspace();
  const waiting = useWaiting(session.id, atLeast(role, 'admin')).data ?? [];
  if (waiting.length === 0) return null;
  return (
    <Stack gap={6} mb="md" component="section" aria-labelledby="waiting-title">
      <Title order={2} size="xs" c="dimmed" id="waiting-title">
        Waiting to be let in
      </Title>
      <Stack component="ul" gap={6} p={0} m={0} className={classes.list}>
        {waiting.map((person) => (
          <WaitingRow key={person.user.id} person={person} />
        ))}
      </Stack>
    </Stack>
  );
}

function WaitingRow({ person: { user, role } }: { person: WaitingPerson }) {
  return (
    <li>
      <Group gap="sm" wrap="nowrap" justify="space-between">
        <Group gap={8} wrap="nowrap" miw={0}>
          <span aria-hidden>
            <PersonAvatar name={user.display_name} color={user.color} />
          </span>
          <Stack gap={0} miw={0}>
            <Text size="sm" truncate lh={1.3}>
              {user.display_name}
            </Text>
            <Text size="xs" c="dimmed" lh={1.3}>
              as {role}
            </Text>
          </Stack>
        </Group>
        <DoorButtons id={user.id} name={user.display_name} />
      </Group>
    </li>
  );
}

/** Lets one person in or turns them away. */
export function DoorButtons({ id, name }: { id: string; name: string }) {
  const { admit, deny } = useDoor();
  const busy = admit.isPending || deny.isPending;
  return (
    <Group gap={6} wrap="nowrap">
      <Button size="compact-xs" disabled={busy} aria-label={`Admit ${name}`} onClick={() => admit.mutate(id)}>
        Admit
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        disabled={busy}
        aria-label={`Deny ${name}`}
        onClick={() => deny.mutate(id)}
      >
        Deny
      </Button>
    </Group>
  );
}
