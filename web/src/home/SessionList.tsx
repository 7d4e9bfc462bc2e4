import { Alert, Button, Center, Skeleton, Stack, Text } from '@mantine/core';

import { describe } from '@/api/problem';

import { DeletedCard } from './DeletedCard';
import { SessionCard } from './SessionCard';
import { type Search, useSessionPages } from './useSessionPages';

interface Props {
  search: Search;
  onCreate: () => void;
}

/** The sessions found, or why there are none. */
export function SessionList({ search, onCreate }: Props) {
  const pages = useSessionPages(search);
  if (pages.isPending) return <Placeholders />;
  if (pages.isError)
    return (
      <Alert color="red" variant="light">
        {describe(pages.error)}
      </Alert>
    );
  const sessions = pages.data.pages.flatMap((page) => page.items);
  if (sessions.length === 0) return <Empty search={search} onCreate={onCreate} />;
  return (
    <>
      <Stack component="ul" gap={6} p={0} m={0} style={{ listStyle: 'none' }}>
        {sessions.map((session) => (
          <li key={session.id}>
            {search.scope === 'deleted' ? (
              <DeletedCard session={session} />
            ) : (
              <SessionCard session={session} shared={search.scope === 'public'} />
            )}
          </li>
        ))}
      </Stack>
      {pages.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}

function Empty({ search: { scope, q, language }, onCreate }: Props) {
  if (q) return <Note>No session matches “{q}”.</Note>;
  if (language) return <Note>There is no session in this language.</Note>;
  if (scope === 'deleted') return <Note>Nothing that you deleted can be restored.</Note>;
  if (scope === 'public') return <Note>Nobody has made a session public yet.</Note>;
  return (
    <Note>
      You have no sessions yet.
      <Button mt="sm" onClick={onCreate}>
        New session
      </Button>
    </Note>
  );
}

function Note({ children }: { children: React.ReactNode }) {
  return (
    <Center py={72}>
      <Stack align="center" gap={4}>
        <Text c="dimmed" component="div" ta="center">
          <Stack align="center" gap={4}>
            {children}
          </Stack>
        </Text>
      </Stack>
    </Center>
  );
}

function Placeholders() {
  return (
    <Stack gap={6} role="status" aria-label="Loading">
      {[0, 1, 2].map((index) => (
        <Skeleton key={index} height={58} />
      ))}
    </Stack>
  );
}
