import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';

import { describe } from '@/api/problem';
import type { ApiKey } from '@/api/types';

import { SCOPES, useApiKeys, useRevokeApiKey } from './apiKeys';
import { Section } from './Section';

/** The keys that there are, each with a way to revoke it. */
export function ApiKeyList() {
  const keys = useApiKeys();
  return (
    <Section title="Your API keys" hint="Revoke a key that you do not know or that others may have seen.">
      {keys.error && <Text c="red">{describe(keys.error)}</Text>}
      {keys.data?.length === 0 && <Text c="dimmed">You have no API keys.</Text>}
      <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {keys.data?.map((key) => (
          <ApiKeyRow key={key.id} about={key} />
        ))}
      </Stack>
    </Section>
  );
}

function ApiKeyRow({ about }: { about: ApiKey }) {
  const [asked, setAsked] = useState(false);
  const revoke = useRevokeApiKey();
  const onRevoke = () => {
    if (!asked) return setAsked(true);
    const onError = (error: Error) => notifications.show({ color: 'red', message: describe(error) });
    revoke.mutate(about.id, { onError });
  };
  const expired = about.expires_at != null && new Date(about.expires_at) <= new Date();
  return (
    <Group component="li" justify="space-between" align="flex-start" gap="sm">
      <Stack gap={4} style={{ minWidth: 0, flex: '1 1 240px' }}>
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {about.name}
        </Text>
        <Group gap={4}>
          {expired && (
            <Badge size="sm" color="red" variant="light">
              Expired
            </Badge>
          )}
          {SCOPES.filter(({ scope }) => about.scopes.includes(scope)).map(({ scope, label }) => (
            <Badge key={scope} size="sm" variant="light">
              {label}
            </Badge>
          ))}
        </Group>
        <Text size="sm" c="dimmed">
          {about.last_used_at ? `Last used ${day(about.last_used_at)}` : 'Never used'}
          {about.expires_at ? `, expires ${day(about.expires_at)}` : ', does not expire'}
        </Text>
      </Stack>
      <Button
        variant={asked ? 'filled' : 'default'}
        {...(asked && { color: 'red' })}
        onClick={onRevoke}
        onBlur={() => setAsked(false)}
        loading={revoke.isPending}
        aria-label={asked ? `Really revoke ${about.name}` : `Revoke ${about.name}`}
      >
        {asked ? 'Really revoke?' : 'Revoke'}
      </Button>
    </Group>
  );
}

function day(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
