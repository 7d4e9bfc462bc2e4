import { Badge, Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

import { api, unwrap } from '@/api/client';
import { formatAgo } from '@/lib/format';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { AccountModal } from './AccountModal';
import { given, usePages } from './pages';
import { Row } from './Row';
import { Rows } from './Rows';

type State = 'active' | 'deactivated' | 'admin';

/** Who has an account. */
export function UsersTab() {
  const [q, setQ] = useState('');
  const [state, setState] = useState('');
  const [opened, setOpened] = useState<string | null>(null);
  const [wanted] = useDebouncedValue(q, 250);
  const pages = usePages(['users', wanted, state], (cursor) => {
    const query = given({ q: wanted, state, cursor }) as { q?: string; state?: State; cursor?: string };
    return unwrap(api.GET('/api/v1/admin/users', { params: { query } }));
  });
  return (
    <Stack>
      <Group gap="sm">
        <TextInput
          type="search"
          aria-label="Search accounts"
          placeholder="Name or address"
          leftSection={<IconSearch size={16} />}
          value={q}
          onChange={(event) => setQ(event.currentTarget.value)}
          maxLength={100}
          flex="1 1 180px"
        />
        <NativeSelect
          aria-label="State"
          value={state}
          onChange={(event) => setState(event.currentTarget.value)}
          data={[
            { value: '', label: 'All accounts' },
            { value: 'active', label: 'Active' },
            { value: 'deactivated', label: 'Deactivated' },
            { value: 'admin', label: 'Administrators' },
          ]}
        />
      </Group>
      <Rows pages={pages} empty="No accounts are like that." label="Accounts">
        {(account) => (
          <Row
            key={account.id}
            title={
              <>
                <PersonAvatar name={account.display_name} color={account.color} size={24} />
                <Text fw={600}>{account.username}</Text>
                {account.platform_admin && <Badge variant="light">Administrator</Badge>}
                {account.deactivated_at && (
                  <Badge variant="light" color="gray">
                    Deactivated
                  </Badge>
                )}
              </>
            }
            detail={`${account.email} · since ${formatAgo(account.created_at)}`}
          >
            <Button size="xs" variant="default" onClick={() => setOpened(account.id)}>
              Manage {account.username}
            </Button>
          </Row>
        )}
      </Rows>
      <AccountModal id={opened} onClose={() => setOpened(null)} />
    </Stack>
  );
}
