import { Alert, Button, Group, PasswordInput, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { text } from '@/auth/AuthForm';
import { NewPassword } from '@/auth/NewPassword';

import { LOGINS, WAYS_IN } from './keys';
import { Section } from './Section';
import { useWaysIn } from './useWaysIn';

/** Changing the password, which signs out every other device. */
export function PasswordSection() {
  const form = useRef<HTMLFormElement>(null);
  const client = useQueryClient();
  const hasPassword = useWaysIn().data?.has_password ?? true;
  const change = useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) =>
      unwrap(api.POST('/api/v1/me/password', { body })),
    onSuccess: async () => {
      form.current?.reset();
      notifications.show({ message: 'Your password is changed, and other devices are signed out.' });
      await client.invalidateQueries({ queryKey: LOGINS });
      await client.invalidateQueries({ queryKey: WAYS_IN });
    },
  });
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    change.mutate({ current_password: text(data, 'current_password'), new_password: text(data, 'new_password') });
  };
  const wrong = (field: string) => (change.error instanceof Problem ? change.error.field(field) : undefined);
  const other = change.error && !wrong('current_password') && !wrong('new_password');
  return (
    <Section
      title="Password"
      hint={
        hasPassword
          ? 'Changing it signs out every other device.'
          : 'Your account has none yet. Setting one gives you another way in, and signs out every other device.'
      }
    >
      <form onSubmit={onSubmit} ref={form}>
        <Stack gap="sm">
          {other && (
            <Alert color="red" variant="light" p="xs" role="alert">
              {describe(change.error)}
            </Alert>
          )}
          {hasPassword && (
            <PasswordInput
              name="current_password"
              label="Current password"
              autoComplete="current-password"
              error={wrong('current_password')}
              required
              withAsterisk={false}
            />
          )}
          <NewPassword
            key={change.isSuccess ? change.submittedAt : 0}
            name="new_password"
            label="New password"
            error={wrong('new_password')}
          />
          <Group>
            <Button type="submit" loading={change.isPending}>
              {hasPassword ? 'Change password' : 'Set password'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
