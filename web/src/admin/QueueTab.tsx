import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { Section } from '@/account/Section';
import { api, unwrap } from '@/api/client';
import { formatAgo } from '@/lib/format';
import { useAct } from '@/workspace/useAct';

import { given, usePages } from './pages';
import { Row } from './Row';
import { Rows } from './Rows';

/** While it is looked at, what changes by itself is asked for this often, in ms. */
const REFRESH = 5_000;
const CHANGES = [
  ['admin', 'dead-letters'],
  ['admin', 'queue'],
];

/** What waits, who works, and what was given up. */
export function QueueTab() {
  return (
    <Stack>
      <Queue />
      <Workers />
      <DeadLetters />
    </Stack>
  );
}

function Queue() {
  const queue = useQuery({
    queryKey: ['admin', 'queue'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/queue')),
    refetchInterval: REFRESH,
  });
  return (
    <Section title="Queue">
      <Text>{queue.data ? `${queue.data.depth} of at most ${queue.data.capacity} runs wait.` : '…'}</Text>
    </Section>
  );
}

function Workers() {
  const workers = useQuery({
    queryKey: ['admin', 'workers'],
    queryFn: () => unwrap(api.GET('/api/v1/admin/workers')),
    refetchInterval: REFRESH,
  });
  return (
    <Section title="Workers">
      <Stack gap="xs" role="list" aria-label="Workers">
        {workers.data?.items.map((worker) => (
          <Row
            key={worker.id}
            title={<Text fw={600}>{worker.host}</Text>}
            detail={`${worker.busy} of ${worker.slots} slots busy · ${worker.roles.join(', ')} · version ${worker.version} · seen ${formatAgo(worker.seen_at)}`}
          />
        ))}
      </Stack>
      {workers.data?.items.length === 0 && <Text c="dimmed">No worker has been heard of.</Text>}
    </Section>
  );
}

function DeadLetters() {
  const pages = usePages(['dead-letters'], (cursor) =>
    unwrap(api.GET('/api/v1/admin/dead-letters', { params: { query: given({ cursor }) } })),
  );
  const requeue = useAct(
    (id: string) => unwrap(api.POST('/api/v1/admin/dead-letters/{id}/requeue', { params: { path: { id } } })),
    CHANGES,
  );
  const remove = useAct(
    (id: string) => unwrap(api.DELETE('/api/v1/admin/dead-letters/{id}', { params: { path: { id } } })),
    CHANGES,
  );
  return (
    <Section title="Given up" hint="Runs of which workers died three times.">
      <Rows pages={pages} empty="None." label="Given up">
        {({ execution, attempts, dead_at }) => (
          <Row
            key={execution.id}
            title={<Text fw={600}>{execution.user.username}</Text>}
            detail={`${execution.language} · ${attempts} attempts · ${formatAgo(dead_at)} · ${execution.id}`}
          >
            <Button size="xs" variant="default" onClick={() => requeue.mutate(execution.id)}>
              Queue again
            </Button>
            <Button size="xs" variant="light" color="red" onClick={() => remove.mutate(execution.id)}>
              Take off the list
            </Button>
          </Row>
        )}
      </Rows>
    </Section>
  );
}
