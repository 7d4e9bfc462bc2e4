import { Group } from '@mantine/core';

import { Logo } from './Logo';
import { ThemeToggle } from './ThemeToggle';
import { UserMenu } from './UserMenu';

/** What stands above every page of whoever is signed in, sessions aside. */
export function PageHeader() {
  return (
    <Group component="header" justify="space-between" wrap="nowrap">
      <Logo />
      <Group gap="xs" wrap="nowrap">
        <ThemeToggle />
        <UserMenu />
      </Group>
    </Group>
  );
}
