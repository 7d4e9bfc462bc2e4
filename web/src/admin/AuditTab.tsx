import { Alert, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

import { api, unwrap } from '@/api/client';
import { save } from '@/api/download';
import { describe } from '@/api/problem';
import type { AuditEntry } from '@/api/types';

import { given, usePages } from './pages';
import { Row } from './Row';
import { Rows } from './Rows';

/** Who did what to whom, from where. */
export function AuditTab() {
  const [act, setAct] = useState('');
  const [user, setUser] = useState('');
  const [address, setAddress] = useState('');
  const [filter] = useDebouncedValue({ act: act.trim(), user: user.trim(), address: address.trim() }, 300);
  const pages = usePages(['audit', filter.act, filter.user, filter.address], (cursor) =>
    unwrap(api.GET('/api/v1/admin/audit', { params: { query: given({ ...filter, cursor }) } })),
  );
  const download = useMutation({
    mutationFn: async () => {
      const query = given(filter);
      const parseAs = 'blob' as const;
      save(await unwrap<Blob>(api.GET('/api/v1/admin/audit/export', { params: { query }, parseAs })), 'audit.jsonl');
    },
  });
  return (
    <Stack>
      <Group gap="sm" align="end">
        <TextInput
          label="Act"
          placeholder="login.failed"
          value={act}
          onChange={(event) => setAct(event.currentTarget.value)}
          flex="1 1 160px"
        />
        <TextInput
          label="User’s id"
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          flex="1 1 160px"
        />
        <TextInput
          label="Address"
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
          flex="1 1 120px"
        />
        <Button variant="default" loading={download.isPending} onClick={() => download.mutate()}>
          Export
        </Button>
      </Group>
      {download.isError && <Alert color="red">{describe(download.error)}</Alert>}
      <Rows pages={pages} empty="Nothing is recorded like that." label="Audit log">
        {(entry) => (
          <Row
            key={entry.id}
            title={
              <>
                <Code>{entry.act}</Code>
                <Text fw={600}>{entry.actor ?? (entry.channel === 'command_line' ? 'command line' : 'unknown')}</Text>
                {entry.detail && <Text size="sm">{entry.detail}</Text>}
              </>
            }
            detail={about(entry)}
          />
        )}
      </Rows>
    </Stack>
  );
}

/** All else that is known, in a line. */
function about(entry: AuditEntry): string {
  const parts = [
    new Date(entry.at).toLocaleString(),
    entry.address,
    entry.user_id && `user ${entry.user_id}`,
    entry.session_id && `session ${entry.session_id}`,
    entry.object_id && `object ${entry.object_id}`,
    entry.request_id && `request ${entry.request_id}`,
  ];
  return parts.filter(Boolean).join(' · ');
}
