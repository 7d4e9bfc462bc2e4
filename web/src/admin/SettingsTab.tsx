import { Alert, Code, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';

import { Row } from './Row';

/** The settings in force; what is secret in them stays with the server. */
export function SettingsTab() {
  const settings = useQuery({
    queryKey: ['admin', 'settings'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/settings')),
  });
  if (settings.isError) return <Alert color="red">{describe(settings.error)}</Alert>;
  return (
    <Stack gap="xs" role="list" aria-label="Settings">
      {settings.data?.items.map(({ key, value }) => (
        <Row key={key} title={<Code>{key}</Code>}>
          <Text size="sm" {...(value == null && { c: 'dimmed' })} style={{ overflowWrap: 'anywhere' }}>
            {value ?? 'default'}
          </Text>
        </Row>
      ))}
    </Stack>
  );
}
