import { Button, Group, NativeSelect, NumberInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { api, unwrap } from '@/api/client';
import type { Role } from '@/api/types';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import { useAct } from '../useAct';

const HOUR = 3_600_000;
/** How long a new invite can last, in ms; nothing for ever. */
const LIVES: Record<string, number | null> = {
  Never: null,
  'In an hour': HOUR,
  'In a day': 24 * HOUR,
  'In a week': 7 * 24 * HOUR,
  'In 30 days': 30 * 24 * HOUR,
};
const MOST_USES = 10_000;

/** Makes an invitation link: for which role, how long and how often. */
export function NewInvite() {
  const { session, role: mine } = useWorkspace();
  const [role, setRole] = useState<Role>('editor');
  const [life, setLife] = useState('Never');
  const [uses, setUses] = useState<number | string>('');
  const create = useAct(() => {
    const ms = LIVES[life] ?? null;
    const body = {
      role,
      ...(ms !== null && { expires_at: new Date(Date.now() + ms).toISOString() }),
      ...(typeof uses === 'number' && { max_uses: uses }),
    };
    return unwrap(api.POST('/api/v1/sessions/{id}/invites', { params: { path: { id: session.id } }, body }));
  }, [keys.invites(session.id)]);
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    create.mutate(undefined);
  };
  return (
    <form onSubmit={onSubmit}>
      <Group align="flex-end" gap="sm">
        <NativeSelect
          label="Joins as"
          value={role}
          data={mine === 'owner' ? ['viewer', 'editor', 'admin'] : ['viewer', 'editor']}
          onChange={(event) => setRole(event.currentTarget.value as Role)}
          flex="1 1 110px"
        />
        <NativeSelect
          label="Expires"
          value={life}
          data={Object.keys(LIVES)}
          onChange={(event) => setLife(event.currentTarget.value)}
          flex="1 1 120px"
        />
        <NumberInput
          label="Uses at most"
          placeholder="any number"
          min={1}
          max={MOST_USES}
          clampBehavior="strict"
          allowDecimal={false}
          value={uses}
          onChange={setUses}
          flex="1 1 120px"
        />
        <Button type="submit" loading={create.isPending}>
          Make an invite
        </Button>
      </Group>
    </form>
  );
}
