import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { ConnectedAccount } from '@/api/types';
import { providerProblem } from '@/auth/providerProblem';
import { useProviders } from '@/auth/useProviders';
import { formatAgo } from '@/lib/format';

import { WAYS_IN } from './keys';
import { Section } from './Section';
import { useWaysIn } from './useWaysIn';

/** The providers that one can sign in by, connected or not. Nothing where there are none. */
export function IdentitiesSection() {
  const client = useQueryClient();
  const providers = useProviders();
  const ways = useWaysIn();
  const [search] = useSearchParams();
  const connect = useMutation({
    mutationFn: (provider: string) =>
      unwrap(api.POST('/api/v1/me/identities/{provider}', { params: { path: { provider } } })),
    // The provider's own page; the browser comes back here.
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const disconnect = useMutation({
    mutationFn: (provider: string) =>
      unwrap(api.DELETE('/api/v1/me/identities/{provider}', { params: { path: { provider } } })),
    onSettled: () => client.invalidateQueries({ queryKey: WAYS_IN }),
  });
  const items = ways.data?.items ?? [];
  const others = providers.filter(({ name }) => !items.some(({ provider }) => provider === name));
  if (!ways.data || (providers.length === 0 && items.length === 0)) return null;

  const error = ways.error ?? connect.error ?? disconnect.error;
  const problem = error ? describe(error) : providerProblem(search.get('problem'));
  const connected = items.find(({ provider }) => provider !== null && provider === search.get('connected'));
  return (
    <Section title="Connected accounts" hint="With each of them you can sign in here.">
      {problem !== null && (
        <Alert color="red" variant="light" p="xs" role="alert">
          {problem}
        </Alert>
      )}
      {problem === null && connected && (
        <Alert color="teal" variant="light" p="xs" role="status">
          Your account is connected to {connected.label}.
        </Alert>
      )}
      {items.length > 0 && (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Connected accounts">
          {items.map((item) => (
            <Row key={item.label} item={item} onRemove={disconnect.mutate} pending={disconnect.isPending} />
          ))}
        </Stack>
      )}
      {others.length > 0 && (
        <Group gap="xs">
          {others.map(({ name, label }) => (
            <Button
              key={name}
              variant="default"
              onClick={() => connect.mutate(name)}
              loading={connect.isPending && connect.variables === name}
            >
              Connect {label}
            </Button>
          ))}
        </Group>
      )}
    </Section>
  );
}

interface RowProps {
  item: ConnectedAccount;
  onRemove: (provider: string) => void;
  pending: boolean;
}

function Row({ item, onRemove, pending }: RowProps) {
  const { provider } = item;
  return (
    <Group component="li" justify="space-between" wrap="nowrap">
      <div style={{ minWidth: 0 }}>
        <Text fw={600}>{item.label}</Text>
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {item.name}, used {formatAgo(item.last_used_at)}
        </Text>
      </div>
      {provider != null && (
        <Button
          variant="default"
          size="xs"
          flex="none"
          onClick={() => onRemove(provider)}
          disabled={pending}
          aria-label={`Disconnect ${item.label}`}
        >
          Disconnect
        </Button>
      )}
    </Group>
  );
}
