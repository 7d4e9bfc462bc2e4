import { ScrollArea } from '@mantine/core';

import { PeopleList } from './PeopleList';

/** Everybody who takes part. */
export function PeoplePane() {
  return (
    <ScrollArea flex={1} p="sm">
      <PeopleList />
    </ScrollArea>
  );
}
