import { Button, Group } from '@mantine/core';

import { auth } from '@/auth/auth';

import { Section } from './Section';

/** Ends the login of this browser. */
export function SignOutSection() {
  // A server that cannot be told does not keep anybody signed in here.
  const signOut = () => void auth.signOut().catch(() => undefined);
  return (
    <Section title="This device" hint="Whoever uses this browser after you has to sign in anew.">
      <Group>
        <Button variant="default" onClick={signOut}>
          Sign out here
        </Button>
      </Group>
    </Section>
  );
}
