import { Button, Container, Group, SegmentedControl, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

import { Logo } from '@/ui/Logo';
import { ThemeToggle } from '@/ui/ThemeToggle';
import { UserMenu } from '@/ui/UserMenu';

import { NewSessionModal } from './NewSessionModal';
import { SessionList } from './SessionList';
import type { Scope } from './useSessionPages';

/** One's own and the public sessions, and the way to a new one. */
export function SessionsPage() {
  const [scope, setScope] = useState<Scope>('mine');
  const [query, setQuery] = useState('');
  const [settled] = useDebouncedValue(query.trim(), 250);
  const [creating, { open, close }] = useDisclosure();
  return (
    <Container size="md" py="md">
      <Group component="header" justify="space-between" wrap="nowrap">
        <Logo />
        <Group gap="xs" wrap="nowrap">
          <ThemeToggle />
          <UserMenu />
        </Group>
      </Group>
      <main>
        <Group justify="space-between" mt={36} mb="md">
          <Title order={1} size="h2">
            Sessions
          </Title>
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            New session
          </Button>
        </Group>
        <Group mb="sm" gap="sm">
          <SegmentedControl
            aria-label="Which sessions"
            value={scope}
            onChange={setScope}
            data={[
              { label: 'Mine', value: 'mine' },
              { label: 'Public', value: 'public' },
            ]}
          />
          <TextInput
            type="search"
            aria-label="Search sessions"
            placeholder="Search"
            leftSection={<IconSearch size={16} />}
            value={query}
            onChange={(event) => setQuery(event.currentTarget.value)}
            maxLength={120}
            flex="1 1 180px"
          />
        </Group>
        <SessionList scope={scope} query={settled} onCreate={open} />
      </main>
      <NewSessionModal opened={creating} onClose={close} />
    </Container>
  );
}
