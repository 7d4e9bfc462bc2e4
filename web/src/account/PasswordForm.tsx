import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import type { ReactNode, SubmitEvent } from 'react';

import { describe, Problem } from '@/api/problem';
import { text } from '@/auth/AuthForm';

import { useWaysIn } from './useWaysIn';

interface Props {
  /** What it is asked for. */
  children: string;
  action: string;
  color?: 'red.9';
  error: Error | null;
  pending: boolean;
  /** With all that the form holds. */
  onPassword: (password: string, form: FormData) => void;
  onCancel: () => void;
  /** What else is asked for, above the password. */
  before?: { name: string; input: ReactNode };
}

/** Has one show that it is still them before something that matters. */
export function PasswordForm({ children, action, color, error, pending, onPassword, onCancel, before }: Props) {
  const hasPassword = useWaysIn().data?.has_password ?? true;
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onPassword(text(form, 'password'), form);
  };
  const wrong = error instanceof Problem ? error.field('password') : undefined;
  const beside = error instanceof Problem && (wrong ?? (before && error.field(before.name))) !== undefined;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm">{children}</Text>
        {before?.input}
        {hasPassword && (
          <PasswordInput
            name="password"
            label="Your password"
            autoComplete="current-password"
            error={wrong}
            required
            withAsterisk={false}
          />
        )}
        {error && !beside && (
          <Alert color="red" variant="light" p="xs" role="alert">
            {describe(error)}
          </Alert>
        )}
        <Group gap="xs">
          <Button type="submit" loading={pending} {...(color && { color })}>
            {action}
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
