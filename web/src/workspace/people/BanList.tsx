import { Button, Group, Stack, Text, Title } from '@mantine/core';

import { api, unwrap } from '@/api/client';
import { formatAgo } from '@/lib/format';

import { useWorkspace } from '../context';
import { keys, useBans } from '../queries';
import { atLeast } from '../roles';
import { useAct } from '../useAct';
import classes from './PeopleList.module.css';

/** Who is kept out, for those who can lift that. */
export function BanList() {
  const { session, role } = useWorkspace();
  const bans = useBans(session.id, atLeast(role, 'admin')).data ?? [];
  const lift = useAct(
    (user: string) =>
      unwrap(api.DELETE('/api/v1/sessions/{id}/bans/{user}', { params: { path: { id: session.id, user } } })),
    [keys.bans(session.id)],
  );
  if (bans.length === 0) return null;
  return (
    <Stack gap={6} mt="lg" component="section" aria-labelledby="bans-title">
      <Title order={2} size="xs" c="dimmed" id="bans-title">
        Banned
      </Title>
      <Stack component="ul" gap={6} p={0} m={0} className={classes.list}>
        {bans.map(({ user, by, at }) => (
          <li key={user.id}>
            <Group gap="sm" wrap="nowrap" justify="space-between">
              <Stack gap={0} miw={0}>
                <Text size="sm" truncate lh={1.3}>
                  {user.display_name}
                </Text>
                <Text size="xs" c="dimmed" lh={1.3} truncate>
                  by {by.display_name}, {formatAgo(at)}
                </Text>
              </Stack>
              <Button
                size="compact-xs"
                variant="default"
                disabled={lift.isPending}
                aria-label={`Lift the ban on ${user.display_name}`}
                onClick={() => lift.mutate(user.id)}
              >
                Lift
              </Button>
            </Group>
          </li>
        ))}
      </Stack>
    </Stack>
  );
}
