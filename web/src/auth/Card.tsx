import { Alert, Box, Center, Paper, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

import { describe } from '@/api/problem';
import { Logo } from '@/ui/Logo';

interface Props {
  title: string;
  /** What went wrong, unless it stands beside a field. */
  error?: Error | null | undefined;
  children: ReactNode;
}

/** A page of one small form or one message, for those who may not be signed in. */
export function Card({ title, error, children }: Props) {
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={380} gap="md">
        <Logo />
        <Paper withBorder p="lg">
          <Stack gap="sm">
            <Title order={1} size="h3">
              {title}
            </Title>
            <Box role="alert" display="contents">
              {error && (
                <Alert color="red" variant="light" p="xs">
                  {describe(error)}
                </Alert>
              )}
            </Box>
            {children}
          </Stack>
        </Paper>
      </Stack>
    </Center>
  );
}
