import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type SubmitEvent, useState } from 'react';

import type { Passkey } from '@/api/types';
import { text } from '@/auth/AuthForm';
import { formatAgo } from '@/lib/format';

import { PasskeyName } from './NewPasskey';
import { PasswordForm } from './PasswordForm';
import { useRemovePasskey, useRenamePasskey } from './secondFactors';

interface Props {
  passkey: Passkey;
  /** What else signing in can take as a second factor. */
  others: keyof typeof REMOVED;
}

/** What becomes of signing in without it. */
const REMOVED = {
  passkeys: 'Your other passkeys stay.',
  codes: 'Signing in will take your password and a one-time code.',
  none: 'Signing in will take your password alone, and your recovery codes will not work any more.',
};

/** One passkey, with ways to rename and to remove it. */
export function PasskeyRow({ passkey, others }: Props) {
  const [task, setTask] = useState<'rename' | 'remove' | null>(null);
  const onDone = () => setTask(null);
  return (
    <Stack component="li" gap="sm">
      <Group justify="space-between" align="flex-start" gap="sm">
        <About passkey={passkey} />
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            onClick={() => setTask('rename')}
            aria-label={`Rename ${passkey.name}`}
            disabled={task !== null}
          >
            Rename
          </Button>
          <Button
            variant="light"
            color="red"
            size="xs"
            onClick={() => setTask('remove')}
            aria-label={`Remove ${passkey.name}`}
            disabled={task !== null}
          >
            Remove
          </Button>
        </Group>
      </Group>
      {task === 'rename' && <Rename passkey={passkey} onDone={onDone} />}
      {task === 'remove' && <Remove passkey={passkey} others={others} onDone={onDone} />}
    </Stack>
  );
}

function About({ passkey }: { passkey: Passkey }) {
  return (
    <Stack gap={4} style={{ minWidth: 0, flex: '1 1 220px' }}>
      <Group gap="xs">
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {passkey.name}
        </Text>
        {passkey.backed_up && (
          <Badge size="sm" variant="light">
            Synchronised
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        Added {formatAgo(passkey.created_at)},{' '}
        {passkey.used_at ? `last used ${formatAgo(passkey.used_at)}` : 'never used'}
      </Text>
    </Stack>
  );
}

function Rename({ passkey, onDone }: { passkey: Passkey; onDone: () => void }) {
  const rename = useRenamePasskey();
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), 'name');
    rename.mutate({ id: passkey.id, name }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <PasskeyName error={rename.error} value={passkey.name} />
        <Group gap="xs">
          <Button type="submit" loading={rename.isPending}>
            Save name
          </Button>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Remove({ passkey, others, onDone }: Props & { onDone: () => void }) {
  const remove = useRemovePasskey();
  const onSuccess = () => {
    notifications.show({ message: `${passkey.name} does not sign you in any more.` });
    onDone();
  };
  return (
    <PasswordForm
      action="Remove passkey"
      color="red.9"
      error={remove.error}
      pending={remove.isPending}
      onPassword={(password) => remove.mutate({ id: passkey.id, password }, { onSuccess })}
      onCancel={onDone}
    >
      {`${REMOVED[others]} Delete the passkey on your device, too.`}
    </PasswordForm>
  );
}
