import { Anchor, Group, Text } from '@mantine/core';
import { Link } from 'react-router';

interface Props {
  /** Without the name, where room is short. */
  compact?: boolean;
}

/** The product's sign, which leads home. */
export function Logo({ compact = false }: Props) {
  return (
    <Anchor
      component={Link}
      to="/"
      underline="never"
      c="inherit"
      aria-label="CodeCrafter, home"
      style={{ flexShrink: 0 }}
    >
      <Group gap={8} wrap="nowrap">
        <img src="/favicon.svg" alt="" width={24} height={24} />
        {!compact && (
          <Text fw={650} component="span">
            CodeCrafter
          </Text>
        )}
      </Group>
    </Anchor>
  );
}
