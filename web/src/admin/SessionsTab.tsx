import { Badge, Button, Group, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

import { api, unwrap } from '@/api/client';
import { formatAgo } from '@/lib/format';
import { useAct } from '@/workspace/useAct';

import { given, usePages } from './pages';
import { Row } from './Row';
import { Rows } from './Rows';

/** That sessions are there and whose they are; what is in them is not for administrators. */
export function SessionsTab() {
  const [q, setQ] = useState('');
  const [shown, setShown] = useState('live');
  const [wanted] = useDebouncedValue(q, 250);
  const deleted = shown === 'deleted';
  const pages = usePages(['sessions', wanted, shown], (cursor) =>
    unwrap(api.GET('/api/v1/admin/sessions', { params: { query: { ...given({ q: wanted, cursor }), deleted } } })),
  );
  const changes = [['admin', 'sessions']];
  const remove = useAct(
    (id: string) => unwrap(api.DELETE('/api/v1/admin/sessions/{id}', { params: { path: { id } } })),
    changes,
  );
  const restore = useAct(
    (id: string) => unwrap(api.POST('/api/v1/admin/sessions/{id}/restore', { params: { path: { id } } })),
    changes,
  );
  return (
    <Stack>
      <Group gap="sm">
        <SegmentedControl
          aria-label="Which sessions"
          value={shown}
          onChange={setShown}
          data={[
            { value: 'live', label: 'There' },
            { value: 'deleted', label: 'Deleted' },
          ]}
        />
        <TextInput
          type="search"
          aria-label="Search sessions"
          placeholder="Title or owner"
          leftSection={<IconSearch size={16} />}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          maxLength={100}
          flex="1 1 180px"
        />
      </Group>
      <Rows pages={pages} empty="No sessions are like that." label="Sessions">
        {(session) => (
          <Row
            key={session.id}
            title={
              <>
                <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                  {session.title}
                </Text>
                <Badge variant="light" color="gray">
                  {session.visibility}
                </Badge>
              </>
            }
            detail={`${session.owner.username} · ${session.language} · changed ${formatAgo(session.updated_at)}`}
          >
            {deleted ? (
              <Button size="xs" variant="default" onClick={() => restore.mutate(session.id)}>
                Restore
              </Button>
            ) : (
              <Button size="xs" variant="light" color="red" onClick={() => remove.mutate(session.id)}>
                Delete
              </Button>
            )}
          </Row>
        )}
      </Rows>
    </Stack>
  );
}
