import { Badge, Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import { api, unwrap } from '@/api/client';
import type { Status } from '@/api/types';
import { formatAgo } from '@/lib/format';
import { useLanguages } from '@/workspace/queries';
import { useAct } from '@/workspace/useAct';

import { given, usePages } from './pages';
import { Row } from './Row';
import { Rows } from './Rows';

const STATUSES: Status[] = ['queued', 'compiling', 'running', 'finished'];

/** Everybody's runs. */
export function ExecutionsTab() {
  const [status, setStatus] = useState('');
  const [language, setLanguage] = useState('');
  const languages = useLanguages();
  const pages = usePages(['executions', status, language], (cursor) => {
    const query = given({ status, language, cursor }) as { status?: Status; language?: string; cursor?: string };
    return unwrap(api.GET('/api/v1/admin/executions', { params: { query } }));
  });
  const cancel = useAct(
    (id: string) => unwrap(api.DELETE('/api/v1/admin/executions/{id}', { params: { path: { id } } })),
    [['admin', 'executions']],
  );
  const known = languages.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  return (
    <Stack>
      <Group gap="sm">
        <NativeSelect
          aria-label="Status"
          value={status}
          onChange={(event) => setStatus(event.currentTarget.value)}
          data={[{ value: '', label: 'All' }, ...STATUSES]}
        />
        <NativeSelect
          aria-label="Language"
          value={language}
          onChange={(event) => setLanguage(event.currentTarget.value)}
          data={[{ value: '', label: 'All languages' }, ...known]}
        />
        <Button variant="default" loading={pages.isRefetching} onClick={() => void pages.refetch()}>
          Refresh
        </Button>
      </Group>
      <Rows pages={pages} empty="No runs are like that." label="Runs">
        {(run) => (
          <Row
            key={run.id}
            title={
              <>
                <Text fw={600}>{run.user.username}</Text>
                <Badge variant="light" color="gray">
                  {run.outcome ?? run.status}
                </Badge>
              </>
            }
            detail={`${run.language} · ${formatAgo(run.created_at)} · ${run.id}`}
          >
            {run.status !== 'finished' && (
              <Button size="xs" variant="light" color="red" onClick={() => cancel.mutate(run.id)}>
                Cancel run
              </Button>
            )}
          </Row>
        )}
      </Rows>
    </Stack>
  );
}
