import { Box, Group, Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  title: ReactNode;
  /** What else there is to know, in small. */
  detail?: ReactNode;
  /** What can be done. */
  children?: ReactNode;
}

/** One thing in a list; on a phone what can be done stands below it. */
export function Row({ title, detail, children }: Props) {
  return (
    <Paper withBorder px="md" py="xs" role="listitem">
      <Group justify="space-between" gap="xs">
        <Box flex="1 1 220px" miw={0}>
          <Group gap="xs" style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Group>
          {detail && (
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {detail}
            </Text>
          )}
        </Box>
        <Group gap="xs">{children}</Group>
      </Group>
    </Paper>
  );
}
