import { Alert, Button, Center, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { AccountDetail } from '@/api/types';
import { useUser } from '@/auth/useAuth';
import { useAct } from '@/workspace/useAct';

import { QuotaForm } from './QuotaForm';

const CHANGES = [['admin']] as const;

/** One account: what it uses, what it may use, and what can be done with it. */
export function AccountModal({ id, onClose }: { id: string | null; onClose: () => void }) {
  const account = useQuery({
    queryKey: ['admin', 'account', id ?? ''],
    queryFn: () => unwrap(api.GET('/api/v1/admin/users/{user}', { params: { path: { user: id ?? '' } } })),
    enabled: id !== null,
  });
  return (
    <Modal opened={id !== null} onClose={onClose} title={account.data?.username ?? 'Account'}>
      {account.isError && <Alert color="red">{describe(account.error)}</Alert>}
      {account.isPending && (
        <Center>
          <Loader />
        </Center>
      )}
      {account.data && (
        <Stack>
          <Text size="sm" c="dimmed">
            {account.data.display_name} · {account.data.email}
          </Text>
          <Acts account={account.data} />
          <QuotaForm key={account.data.id} account={account.data} />
        </Stack>
      )}
    </Modal>
  );
}

function Acts({ account }: { account: AccountDetail }) {
  const params = { path: { user: account.id } };
  const me = useUser();
  const deactivate = useAct(() => unwrap(api.POST('/api/v1/admin/users/{user}/deactivate', { params })), CHANGES);
  const activate = useAct(() => unwrap(api.POST('/api/v1/admin/users/{user}/activate', { params })), CHANGES);
  const signOut = useAct(() => unwrap(api.POST('/api/v1/admin/users/{user}/sign-out', { params })), CHANGES);
  const reset = useAct(() => unwrap(api.POST('/api/v1/admin/users/{user}/second-factor/reset', { params })), CHANGES);
  const office = useAct(
    (platform_admin: boolean) =>
      unwrap(api.PUT('/api/v1/admin/users/{user}/office', { params, body: { platform_admin } })),
    CHANGES,
  );
  const isMe = me.id === account.id;
  return (
    <Group gap="xs">
      {account.deactivated_at ? (
        <Button variant="default" loading={activate.isPending} onClick={() => activate.mutate(undefined)}>
          Activate
        </Button>
      ) : (
        <Button
          color="red"
          variant="light"
          disabled={isMe}
          loading={deactivate.isPending}
          onClick={() => deactivate.mutate(undefined)}
        >
          Deactivate
        </Button>
      )}
      <Button variant="default" disabled={isMe} loading={signOut.isPending} onClick={() => signOut.mutate(undefined)}>
        Sign out everywhere
      </Button>
      {account.second_factor && (
        <Button variant="default" disabled={isMe} loading={reset.isPending} onClick={() => reset.mutate(undefined)}>
          Reset second factor
        </Button>
      )}
      <Button
        variant="default"
        disabled={isMe}
        loading={office.isPending}
        onClick={() => office.mutate(!account.platform_admin)}
      >
        {account.platform_admin ? 'Take administration away' : 'Make administrator'}
      </Button>
    </Group>
  );
}
