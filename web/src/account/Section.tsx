import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** What it is for, in a sentence. */
  hint?: ReactNode;
  children: ReactNode;
}

/** A part of an account tab under a heading of its own. */
export function Section({ title, hint, children }: Props) {
  return (
    <Paper component="section" withBorder p="lg" aria-label={title}>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {title}
        </Title>
        {hint && (
          <Text c="dimmed" size="sm">
            {hint}
          </Text>
        )}
        {children}
      </Stack>
    </Paper>
  );
}
