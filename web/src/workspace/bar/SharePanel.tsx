import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';

import type { Visibility } from '@/api/types';

import { useWorkspace } from '../context';
import { PeopleList } from '../people/PeopleList';
import { atLeast } from '../roles';
import { VISIBILITY_LABELS } from '../visibility';
import { useUpdateSession } from './useUpdateSession';

interface Props {
  link: string;
  copied: boolean;
  onCopy: () => void;
}

const HINTS: Record<Visibility, string> = {
  private: 'The link opens only for participants.',
  link: 'Whoever opens the link joins as an editor.',
  public: 'Everybody signed in may read. Only participants edit.',
};
const MEMBER_HINT = 'The link opens for those who are in already. Admins can copy one that invites.';

/** The link, whom it lets in, and who is in. */
export function SharePanel({ link, copied, onCopy }: Props) {
  const { session, role } = useWorkspace();
  const update = useUpdateSession(session.id);
  const admin = atLeast(role, 'admin');
  const hint = session.visibility === 'link' && !admin ? MEMBER_HINT : HINTS[session.visibility];
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          label="Link"
          size="xs"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
          flex={1}
        />
        <Button size="xs" onClick={onCopy} w={84} data-autofocus>
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </Group>
      {admin && (
        <NativeSelect
          label="Access"
          size="xs"
          value={session.visibility}
          data={Object.entries(VISIBILITY_LABELS).map(([value, label]) => ({ value, label }))}
          onChange={(event) => update.mutate({ visibility: event.currentTarget.value as Visibility })}
        />
      )}
      <Text size="xs" c="dimmed">
        {hint} {session.visibility === 'link' && admin && 'No account is needed: a name is enough.'}
        {session.waiting_room && ' You let them in.'}
      </Text>
      <PeopleList />
    </Stack>
  );
}
