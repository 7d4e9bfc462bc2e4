import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import type { SubmitEvent } from 'react';

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
  onPassword: (password: string) => void;
  onCancel: () => void;
}

/** Has one show that it is still them before something that matters. */
export function PasswordForm({ children, action, color, error, pending, onPassword, onCancel }: Props) {
  const hasPassword = useWaysIn().data?.has_password ?? true;
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onPassword(text(new FormData(event.currentTarget), 'password'));
  };
  const wrong = error instanceof Problem ? error.field('password') : undefined;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm">{children}</Text>
        {hasPassword ? (
          <PasswordInput
            name="password"
            label="Your password"
            autoComplete="current-password"
            error={wrong ?? (error ? describe(error) : undefined)}
            required
            withAsterisk={false}
          />
        ) : (
          error && (
            <Alert color="red" variant="light" p="xs" role="alert">
              {describe(error)}
            </Alert>
          )
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
