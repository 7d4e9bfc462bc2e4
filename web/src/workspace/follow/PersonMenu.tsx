import { Menu, UnstyledButton } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';

import { useStore } from '@/lib/store';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { useWorkspace } from '../context';
import type { Present } from '../people/presence';
import classes from './Follow.module.css';

/** Somebody else who is here, and what can be done about that: follow them. */
export function PersonMenu({ person: { id, name, username, color } }: { person: Present }) {
  const { follow } = useWorkspace().room;
  const leads = useStore(follow.leader)?.id === id;
  const toggle = () => (leads ? follow.stop() : follow.start({ id, username, display_name: name, color }));
  return (
    <Menu position="bottom" withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes.person} data-person={id}>
          <PersonAvatar name={name} color={color} note={leads ? 'you follow them' : undefined} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Menu.Item leftSection={leads ? <IconEyeOff size={16} /> : <IconEye size={16} />} onClick={toggle}>
          {leads ? 'Stop following' : 'Follow'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
