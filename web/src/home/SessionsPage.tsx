import { Button, Container, Group, Title } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';

import { PageHeader } from '@/ui/PageHeader';

import { NewSessionModal } from './NewSessionModal';
import { SessionList } from './SessionList';
import { SessionSearch } from './SessionSearch';
import type { Search } from './useSessionPages';

const START: Search = { scope: 'mine', q: '', language: '', sort: 'changed' };

/** One's own and the public sessions, and the way to a new one. */
export function SessionsPage() {
  const [search, setSearch] = useState<Search>(START);
  const [q] = useDebouncedValue(search.q.trim(), 250);
  const [creating, { open, close }] = useDisclosure();
  return (
    <Container size="md" py="md">
      <PageHeader />
      <main>
        <Group justify="space-between" mt={36} mb="md">
          <Title order={1} size="h2">
            Sessions
          </Title>
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            New session
          </Button>
        </Group>
        <SessionSearch search={search} onChange={setSearch} />
        <SessionList search={{ ...search, q }} onCreate={open} />
      </main>
      <NewSessionModal opened={creating} onClose={close} />
    </Container>
  );
}
