import { Button, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';

import { api, unwrap } from '@/api/client';
import { useTitle } from '@/ui/useTitle';

import { auth } from './auth';
import { Card } from './Card';
import { takeLinkToken } from './linkToken';

/** Confirms an address by the link of a mail: by a click, so that programs that look into mails do not do it. */
export function VerifyPage() {
  useTitle('Confirm your address');
  const [token] = useState(takeLinkToken);
  const confirm = useMutation({
    mutationFn: () => unwrap(api.POST('/api/v1/auth/email/verify', { body: { token } })),
    // What the page knows of the account is not true any more.
    onSuccess: () => auth.refresh().catch(() => null),
  });
  return (
    <Card title="Confirm your address" error={confirm.error}>
      {confirm.isSuccess ? (
        <>
          <Text role="status">{confirm.data.email} is confirmed.</Text>
          <Button component={Link} to="/">
            Go on
          </Button>
        </>
      ) : (
        <>
          <Text c="dimmed" size="sm">
            Show that the mail has reached you.
          </Text>
          <Button onClick={() => confirm.mutate()} loading={confirm.isPending} disabled={token === ''}>
            Confirm
          </Button>
        </>
      )}
    </Card>
  );
}
