import { ActionIcon, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

import { api, unwrap } from '@/api/client';
import type { Invite } from '@/api/types';
import { copy } from '@/lib/clipboard';
import { formatAgo } from '@/lib/format';

import { keys } from '../queries';
import { useAct } from '../useAct';
import { inviteLink, works } from './useShareLink';

/** One invitation link, to copy or to take back. */
export function InviteRow({ invite }: { invite: Invite }) {
  const [copied, setCopied] = useState(false);
  const remove = useAct(
    () =>
      unwrap(
        api.DELETE('/api/v1/sessions/{id}/invites/{invite}', {
          params: { path: { id: invite.session_id, invite: invite.id } },
        }),
      ),
    [keys.invites(invite.session_id)],
  );
  const usable = works(invite);
  return (
    <Group justify="space-between" wrap="nowrap">
      <Stack gap={0} miw={0}>
        <Text size="sm" lh={1.3} td={usable ? undefined : 'line-through'}>
          Joins as {invite.role}
        </Text>
        <Text size="xs" c="dimmed" lh={1.3}>
          {uses(invite)} · {expiry(invite)}
        </Text>
      </Stack>
      <Group gap={6} wrap="nowrap">
        <Button
          size="compact-sm"
          variant="default"
          disabled={!usable}
          onClick={() => void copy(inviteLink(invite)).then(setCopied)}
        >
          {copied ? 'Copied' : 'Copy link'}
        </Button>
        <Tooltip label="Take it back; who is in stays">
          <ActionIcon
            aria-label={`Delete the invite for ${invite.role}`}
            disabled={remove.isPending}
            onClick={() => remove.mutate(undefined)}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}

function uses({ uses, max_uses }: Invite): string {
  if (typeof max_uses === 'number') return `used ${uses} of ${max_uses} times`;
  return uses === 1 ? 'used once' : `used ${uses} times`;
}

function expiry({ expires_at }: Invite): string {
  if (typeof expires_at !== 'string') return 'does not expire';
  const past = Date.parse(expires_at) <= Date.now();
  return `${past ? 'expired' : 'expires'} ${formatAgo(expires_at)}`;
}
