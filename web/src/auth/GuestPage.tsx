import { Alert, Anchor, Box, Button, Center, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { SubmitEvent } from 'react';
import { Link } from 'react-router';

import { describe, Problem } from '@/api/problem';
import { recall, remember } from '@/lib/storage';
import { Logo } from '@/ui/Logo';
import { useTitle } from '@/ui/useTitle';

import { auth } from './auth';
import { text } from './AuthForm';
import { withNext } from './next';

interface Props {
  /** The token of the invitation link. */
  invite: string;
  /** The link, to come back to after signing in. */
  here: string;
}

const REMEMBERED = 'codecrafter-guest-name';
const NAME_CHARS = 56;

/** Whoever has a link and no account gives a name, and is in. */
export function GuestPage({ invite, here }: Props) {
  useTitle('Join');
  const enter = useMutation({
    mutationFn: (name: string) => auth.enterAsGuest({ invite, display_name: name }),
  });
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const name = text(new FormData(event.currentTarget), 'display_name').trim();
    remember(REMEMBERED, name);
    enter.mutate(name);
  };
  const wrong = enter.error instanceof Problem ? enter.error.field('display_name') : undefined;
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={380} gap="md">
        <Logo />
        <Paper withBorder p="lg">
          <form onSubmit={onSubmit}>
            <Stack gap="sm">
              <Title order={1} size="h3">
                You are invited
              </Title>
              <Text c="dimmed" size="sm">
                Say who you are, and write code together with the others.
              </Text>
              <Box role="alert" display="contents">
                {enter.error && !wrong && (
                  <Alert color="red" variant="light" p="xs">
                    {sentence(enter.error)}
                  </Alert>
                )}
              </Box>
              <TextInput
                name="display_name"
                label="Your name"
                description="What the others see"
                autoComplete="nickname"
                defaultValue={recall(REMEMBERED) ?? ''}
                maxLength={NAME_CHARS}
                error={wrong}
                required
                withAsterisk={false}
                data-autofocus
              />
              <Button type="submit" loading={enter.isPending} mt="xs">
                Join
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" ta="center">
          Have an account?{' '}
          <Anchor component={Link} to={withNext('/login', here)} underline="always">
            Sign in instead
          </Anchor>
        </Text>
      </Stack>
    </Center>
  );
}

function sentence(error: Error): string {
  const gone = error instanceof Problem && error.status === 404;
  return gone ? 'This invite does not work any more: ask for a new link.' : describe(error);
}
