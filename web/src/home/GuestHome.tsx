import { Button, Center, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from 'react-router';

import { auth } from '@/auth/auth';
import { Logo } from '@/ui/Logo';

/** A guest has one session only. */
export function GuestHome({ session }: { session: string }) {
  // A server that cannot be told does not keep anybody signed in here.
  const leave = () => void auth.signOut().catch(() => undefined);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack align="center" gap="md" maw={440} ta="center">
        <Logo />
        <Title order={1} size="h3">
          You are here as a guest
        </Title>
        <Text c="dimmed">Guests work in the session that they were invited to. With an account you make your own.</Text>
        <Group justify="center">
          <Button component={Link} to={`/s/${session}`}>
            Back to the session
          </Button>
          <Button variant="default" onClick={leave}>
            End being a guest
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
