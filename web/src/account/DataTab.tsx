import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';

import { api, unwrap } from '@/api/client';
import { download } from '@/api/download';
import { describe, Problem } from '@/api/problem';
import { text } from '@/auth/AuthForm';

import { Section } from './Section';
import { useWaysIn } from './useWaysIn';

/** Taking one's data along, and going away for good. */
export function DataTab() {
  const [asking, { open, close }] = useDisclosure();
  return (
    <Stack maw={560}>
      <Export />
      <Section
        title="Delete account"
        hint="Your sessions go to the admin who has been in them longest; those without one are deleted. What you wrote in sessions of others stays there, under “Deleted user”."
      >
        <Group>
          <Button color="red" variant="light" onClick={open}>
            Delete account…
          </Button>
        </Group>
      </Section>
      <Modal opened={asking} onClose={close} title="Delete your account?">
        <Deletion onCancel={close} />
      </Modal>
    </Stack>
  );
}

function Export() {
  const exporting = useMutation({ mutationFn: () => download('/me/export', 'codecrafter-account.zip') });
  return (
    <Section title="Your data" hint="Your account, your sessions with files and history, your runs and your messages.">
      {exporting.error && (
        <Alert color="red" variant="light" p="xs" role="alert">
          {describe(exporting.error)}
        </Alert>
      )}
      <Group>
        <Button variant="default" onClick={() => exporting.mutate()} loading={exporting.isPending}>
          Download as zip
        </Button>
      </Group>
    </Section>
  );
}

function Deletion({ onCancel }: { onCancel: () => void }) {
  const hasPassword = useWaysIn().data?.has_password ?? true;
  const remove = useMutation({
    mutationFn: (password: string) => unwrap(api.DELETE('/api/v1/me', { body: { password } })),
    // Loaded anew: this page would send whoever is not signed in to log in.
    onSuccess: () => window.location.assign('/'),
  });
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    remove.mutate(text(new FormData(event.currentTarget), 'password'));
  };
  const wrong = remove.error instanceof Problem ? remove.error.field('password') : undefined;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm">This cannot be undone.</Text>
        {hasPassword ? (
          <PasswordInput
            name="password"
            label="Your password"
            autoComplete="current-password"
            error={wrong ?? (remove.error ? describe(remove.error) : undefined)}
            required
            withAsterisk={false}
            data-autofocus
          />
        ) : (
          remove.error && (
            <Alert color="red" variant="light" p="xs" role="alert">
              {describe(remove.error)}
            </Alert>
          )
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button color="red" type="submit" loading={remove.isPending}>
            Delete for good
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
