import { ScrollArea } from '@mantine/core';

import { BanList } from './BanList';
import { PeopleList } from './PeopleList';
import { WaitingList } from './WaitingList';

/** Everybody who takes part, waits, or is kept out. */
export function PeoplePane() {
  return (
    <ScrollArea flex={1} p="sm">
      <WaitingList />
      <PeopleList />
      <BanList />
    </ScrollArea>
  );
}
