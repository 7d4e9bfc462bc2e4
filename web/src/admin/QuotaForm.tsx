import { Button, Group, NumberInput, Stack, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { AccountDetail } from '@/api/types';
import { formatBytes } from '@/lib/format';

/** An empty field is the platform's default. */
type Field = number | string;

const toNumber = (field: Field) => (typeof field === 'number' ? field : null);
const MIB = 1024 * 1024;

/** What somebody may use. */
export function QuotaForm({ account }: { account: AccountDetail }) {
  const { usage, quota, allowance } = account;
  const client = useQueryClient();
  const [executions, setExecutions] = useState<Field>(quota.executions ?? '');
  const [sessions, setSessions] = useState<Field>(quota.sessions ?? '');
  const [storage, setStorage] = useState<Field>(
    quota.storage_bytes == null ? '' : Math.floor(quota.storage_bytes / MIB),
  );
  const save = useMutation({
    mutationFn: () => {
      const mib = toNumber(storage);
      const body = {
        executions: toNumber(executions),
        sessions: toNumber(sessions),
        storage_bytes: mib === null ? null : mib * MIB,
      };
      return unwrap(api.PUT('/api/v1/admin/users/{user}/quota', { params: { path: { user: account.id } }, body }));
    },
    onSuccess: () => notifications.show({ message: 'The quota is saved.' }),
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
    onSettled: () => client.invalidateQueries({ queryKey: ['admin', 'account', account.id] }),
  });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const field = { min: 0, allowDecimal: false, allowNegative: false, placeholder: 'Default' };
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Title order={3} size="h5">
          Quota
        </Title>
        <NumberInput
          {...field}
          label="Runs at a time"
          description={`Uses ${usage.executions} of ${allowance.executions}`}
          max={100_000}
          value={executions}
          onChange={setExecutions}
        />
        <NumberInput
          {...field}
          label="Sessions"
          description={`Uses ${usage.sessions} of ${allowance.sessions}`}
          max={100_000}
          value={sessions}
          onChange={setSessions}
        />
        <NumberInput
          {...field}
          label="Storage in MiB"
          description={`Uses ${formatBytes(usage.storage_bytes)} of ${formatBytes(allowance.storage_bytes)}`}
          max={900_000}
          value={storage}
          onChange={setStorage}
        />
        <Group>
          <Button type="submit" loading={save.isPending}>
            Save quota
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
