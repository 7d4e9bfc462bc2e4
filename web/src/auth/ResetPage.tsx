import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { Link } from 'react-router';

import { api, unwrap } from '@/api/client';
import { Problem } from '@/api/problem';
import { useTitle } from '@/ui/useTitle';

import { auth } from './auth';
import { text } from './AuthForm';
import { Card } from './Card';
import { takeLinkToken } from './linkToken';
import { NewPassword } from './NewPassword';

/** A new password, by the link of a mail. */
export function ResetPage() {
  useTitle('New password');
  const [token] = useState(takeLinkToken);
  const reset = useMutation({
    mutationFn: (password: string) => unwrap(api.POST('/api/v1/auth/password/reset', { body: { token, password } })),
    // Every login has ended, this one's too.
    onSuccess: () => auth.forget(),
  });
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    reset.mutate(text(new FormData(event.currentTarget), 'password'));
  };
  const wrong = reset.error instanceof Problem ? reset.error.field('password') : undefined;
  return (
    <Card title="Choose a new password" error={wrong ? null : reset.error}>
      {reset.isSuccess ? (
        <>
          <Text role="status">Your password is changed, and every device is signed out.</Text>
          <Button component={Link} to="/login">
            Log in
          </Button>
        </>
      ) : (
        <form onSubmit={onSubmit}>
          <Stack gap="sm">
            <NewPassword name="password" label="New password" error={wrong} />
            <Button type="submit" loading={reset.isPending}>
              Change password
            </Button>
            <Anchor component={Link} to="/forgot-password" size="sm">
              Ask for another link
            </Anchor>
          </Stack>
        </form>
      )}
    </Card>
  );
}
