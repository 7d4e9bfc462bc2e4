import { Button, Center, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, useRouteError } from 'react-router';

interface Props {
  title: string;
  children: ReactNode;
}

/** A page that only says something, with a way back. */
export function Message({ title, children }: Props) {
  return (
    <Center component="main" mih="80vh" p="md">
      <Stack align="center" gap="xs" maw={440} ta="center">
        <Title order={1} size="h3">
          {title}
        </Title>
        <Text c="dimmed">{children}</Text>
        <Button component={Link} to="/" variant="default" mt="sm">
          Back to the start
        </Button>
      </Stack>
    </Center>
  );
}

export function NotFound() {
  return <Message title="There is nothing here">The address may be mistyped, or what it led to is gone.</Message>;
}

/** A fault of ours, or a new version that has replaced the files of the one that is open. */
export function Broken() {
  const error = useRouteError();
  console.error(error);
  return (
    <Message title="Something went wrong">Reload the page. What you typed in a session is kept on the server.</Message>
  );
}
