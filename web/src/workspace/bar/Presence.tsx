import { Avatar, Group } from '@mantine/core';

import { useUser } from '@/auth/useAuth';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { useWorkspace } from '../context';
import { PersonMenu } from '../follow/PersonMenu';
import { usePresence } from '../people/presence';

/** How many people are shown one by one. */
const SHOWN = 5;

/** Who is here now. */
export function Presence() {
  const { room } = useWorkspace();
  const user = useUser();
  const present = usePresence(room.link.awareness);
  const label = `${present.length} here: ${present.map(({ name }) => name).join(', ')}`;
  return (
    <Group gap={4} wrap="nowrap" data-testid="presence" role="group" aria-label={label}>
      {present
        .slice(0, SHOWN)
        .map((person) =>
          person.id === user.id ? (
            <PersonAvatar key={person.id} name={person.name} color={person.color} note="you" />
          ) : (
            <PersonMenu key={person.id} person={person} />
          ),
        )}
      {present.length > SHOWN && (
        <Avatar size={26} radius="xl" title={label}>
          +{present.length - SHOWN}
        </Avatar>
      )}
    </Group>
  );
}
