import { Alert, Button, Center, Loader, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import { describe } from '@/api/problem';

import type { Pages } from './pages';

interface Props<T> {
  pages: Pages<T>;
  /** What is said where there is nothing. */
  empty: string;
  label: string;
  children: (item: T) => ReactNode;
}

/** A list in parts, the next one on demand. */
export function Rows<T>({ pages, empty, label, children }: Props<T>) {
  if (pages.isPending) {
    return (
      <Center py="xl">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (pages.isError) return <Alert color="red">{describe(pages.error)}</Alert>;
  const items = pages.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <Stack gap="xs">
      <Stack gap="xs" role="list" aria-label={label}>
        {items.map(children)}
      </Stack>
      {pages.hasNextPage && (
        <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Stack>
  );
}
