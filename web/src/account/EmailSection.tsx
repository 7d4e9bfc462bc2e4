import { Alert, Badge, Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { auth } from '@/auth/auth';
import { text } from '@/auth/AuthForm';
import { useUser } from '@/auth/useAuth';

import { Section } from './Section';
import { useWaysIn } from './useWaysIn';

/** The address, whether it is confirmed, and the way to another one. */
export function EmailSection() {
  const user = useUser();
  const [changing, setChanging] = useState(false);
  const resend = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/me/email/verification')),
    onSuccess: () => notifications.show({ message: 'The link is on its way again.' }),
  });
  const keep = useMutation({
    mutationFn: () => unwrap(api.DELETE('/api/v1/me/email')),
    onSuccess: (kept) => auth.setUser(kept),
  });
  const error = resend.error ?? keep.error;
  const waits = user.pending_email ?? (user.email_verified ? null : user.email);
  return (
    <Section title="Email" hint="For logging in, and for a link to a new password. Others do not see it.">
      <Group gap="xs">
        <Text>{user.email}</Text>
        <Badge color={user.email_verified ? 'teal' : 'orange'} variant="light">
          {user.email_verified ? 'Confirmed' : 'Not confirmed'}
        </Badge>
      </Group>
      {waits !== null && (
        <Text size="sm" c="dimmed">
          A link to confirm it was sent to {waits}.
        </Text>
      )}
      {error && (
        <Alert color="red" variant="light" p="xs" role="alert">
          {describe(error)}
        </Alert>
      )}
      <Group gap="xs">
        {waits !== null && (
          <Button variant="default" size="xs" onClick={() => resend.mutate()} loading={resend.isPending}>
            Send the link again
          </Button>
        )}
        {user.pending_email != null && (
          <Button variant="default" size="xs" onClick={() => keep.mutate()} loading={keep.isPending}>
            Keep {user.email}
          </Button>
        )}
        {!changing && (
          <Button variant="default" size="xs" onClick={() => setChanging(true)}>
            Change address
          </Button>
        )}
      </Group>
      {changing && <Change onDone={() => setChanging(false)} />}
    </Section>
  );
}

function Change({ onDone }: { onDone: () => void }) {
  const hasPassword = useWaysIn().data?.has_password ?? true;
  const change = useMutation({
    mutationFn: (body: { email: string; password: string }) => unwrap(api.POST('/api/v1/me/email', { body })),
    onSuccess: (user) => {
      auth.setUser(user);
      onDone();
    },
  });
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    change.mutate({ email: text(data, 'email').trim(), password: text(data, 'password') });
  };
  const wrong = (field: string) => (change.error instanceof Problem ? change.error.field(field) : undefined);
  const other = change.error && !wrong('email') && !wrong('password') ? describe(change.error) : undefined;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <TextInput
          name="email"
          type="email"
          label="New address"
          description="It replaces the present one once it is confirmed"
          autoComplete="email"
          error={wrong('email') ?? other}
          required
          withAsterisk={false}
        />
        {hasPassword && (
          <PasswordInput
            name="password"
            label="Your password"
            autoComplete="current-password"
            error={wrong('password')}
            required
            withAsterisk={false}
          />
        )}
        <Group gap="xs">
          <Button type="submit" loading={change.isPending}>
            Send a link there
          </Button>
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
