import { Alert, Button } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';

import { describe } from '@/api/problem';

import { auth } from './auth';

/** Signs in without a name or a password. */
export function PasskeyButton() {
  const signIn = useMutation({ mutationFn: () => auth.signInByPasskey() });
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFingerprint size={18} />}
        loading={signIn.isPending}
        onClick={() => signIn.mutate()}
      >
        Sign in with a passkey
      </Button>
      {signIn.error && (
        <Alert color="red" variant="light" p="xs" role="alert">
          {describe(signIn.error)}
        </Alert>
      )}
    </>
  );
}
