import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { Link } from 'react-router';

import { api, unwrap } from '@/api/client';
import { Problem } from '@/api/problem';
import { useTitle } from '@/ui/useTitle';

import { text } from './AuthForm';
import { Card } from './Card';

/** Asks for a link to a new password. */
export function ForgotPage() {
  useTitle('Forgotten password');
  const ask = useMutation({
    mutationFn: (email: string) => unwrap(api.POST('/api/v1/auth/password/forgot', { body: { email } })),
  });
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    ask.mutate(text(new FormData(event.currentTarget), 'email').trim());
  };
  const wrong = ask.error instanceof Problem ? ask.error.field('email') : undefined;
  return (
    <Card title="Forgotten your password?" error={wrong ? null : ask.error}>
      {ask.isSuccess ? (
        <Text role="status">
          If there is an account with this address, a mail with a link to a new password is on its way.
        </Text>
      ) : (
        <form onSubmit={onSubmit}>
          <Stack gap="sm">
            <TextInput
              name="email"
              type="email"
              label="Email"
              description="A link to a new password is sent there"
              autoComplete="email"
              error={wrong}
              required
              withAsterisk={false}
            />
            <Button type="submit" loading={ask.isPending}>
              Send the link
            </Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/login" size="sm">
        Back to log in
      </Anchor>
    </Card>
  );
}
