import { Alert, Button, Group, PasswordInput, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useRef } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { text } from '@/auth/AuthForm';
import { NewPassword } from '@/auth/NewPassword';

import { LOGINS } from './keys';
import { Section } from './Section';

/** Changing the password, which signs out every other device. */
export function PasswordSection() {
  const form = useRef<HTMLFormElement>(null);
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (body: { current_password: string; new_password: string }) =>
      unwrap(api.POST('/api/v1/me/password', { body })),
    onSuccess: async () => {
      form.current?.reset();
      notifications.show({ message: 'Your password is changed, and other devices are signed out.' });
      await client.invalidateQueries({ queryKey: LOGINS });
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
    <Section title="Password" hint="Changing it signs out every other device.">
      <form onSubmit={onSubmit} ref={form}>
        <Stack gap="sm">
          {other && (
            <Alert color="red" variant="light" p="xs" role="alert">
              {describe(change.error)}
            </Alert>
          )}
          <PasswordInput
            name="current_password"
            label="Current password"
            autoComplete="current-password"
            error={wrong('current_password')}
            required
            withAsterisk={false}
          />
          <NewPassword
            key={change.isSuccess ? change.submittedAt : 0}
            name="new_password"
            label="New password"
            error={wrong('new_password')}
          />
          <Group>
            <Button type="submit" loading={change.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
