import { ActionIcon, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBan, IconCrown, IconDotsVertical } from '@tabler/icons-react';

import type { Person } from '@/api/types';

import { useWorkspace } from '../context';
import { BanModal } from './BanModal';
import { HandOverModal } from './HandOverModal';

/** What admins do rarely with a participant below them. */
export function PersonMenu({ person }: { person: Person }) {
  const { role } = useWorkspace();
  const [banning, ban] = useDisclosure();
  const [handing, hand] = useDisclosure();
  const name = person.display_name;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`More about ${name}`}>
            <IconDotsVertical size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {role === 'owner' && !person.guest && (
            <Menu.Item leftSection={<IconCrown size={16} />} onClick={hand.open}>
              Make owner…
            </Menu.Item>
          )}
          <Menu.Item c="var(--cc-danger)" leftSection={<IconBan size={16} />} onClick={ban.open}>
            Ban…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <BanModal person={person} opened={banning} onClose={ban.close} />
      <HandOverModal person={person} opened={handing} onClose={hand.close} />
    </>
  );
}
