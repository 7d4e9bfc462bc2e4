import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { Login } from '@/api/types';
import { auth } from '@/auth/auth';
import { formatAgo } from '@/lib/format';

import { LOGINS } from './keys';
import { Section } from './Section';

/** Where one is signed in, and ways to end that. */
export function LoginsTab() {
  const client = useQueryClient();
  const logins = useQuery({ queryKey: LOGINS, queryFn: () => unwrap(api.GET('/api/v1/me/logins')) });
  const again = () => client.invalidateQueries({ queryKey: LOGINS });
  const end = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/me/logins/{id}', { params: { path: { id } } })),
    onSettled: again,
  });
  const endOthers = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/me/logins', { params: { query: { keep_current: true } } })),
    onSettled: again,
  });
  const endAll = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/me/logins')),
    onSuccess: () => auth.forget(),
  });
  const items = logins.data?.items ?? [];
  const error = logins.error ?? end.error ?? endOthers.error ?? endAll.error;
  return (
    <Stack maw={560}>
      <Section title="Logins" hint="Every place where you are signed in. What you end is signed out at once.">
        {error && (
          <Alert color="red" variant="light" p="xs" role="alert">
            {describe(error)}
          </Alert>
        )}
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Logins">
          {items.map((login) => (
            <Row key={login.id} login={login} onEnd={() => end.mutate(login.id)} pending={end.isPending} />
          ))}
        </Stack>
        <Group gap="xs" mt="xs">
          <Button
            variant="default"
            onClick={() => endOthers.mutate()}
            loading={endOthers.isPending}
            disabled={items.length < 2}
          >
            Sign out the others
          </Button>
          <Button color="red" variant="light" onClick={() => endAll.mutate()} loading={endAll.isPending}>
            Sign out everywhere
          </Button>
        </Group>
      </Section>
    </Stack>
  );
}

interface RowProps {
  login: Login;
  onEnd: () => void;
  pending: boolean;
}

function Row({ login, onEnd, pending }: RowProps) {
  return (
    <Group component="li" justify="space-between" wrap="nowrap">
      <div>
        <Group gap="xs">
          <Text fw={600} title={login.user_agent}>
            {login.device}
          </Text>
          {login.current && (
            <Badge variant="light" color="teal">
              This device
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {login.address}, used {formatAgo(login.last_used_at)}
        </Text>
      </div>
      {!login.current && (
        <Button variant="default" size="xs" onClick={onEnd} disabled={pending} aria-label={`Sign out ${login.device}`}>
          Sign out
        </Button>
      )}
    </Group>
  );
}
