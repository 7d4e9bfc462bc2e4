import { ActionIcon, Tooltip } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconUsersGroup } from '@tabler/icons-react';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';

const LABEL = 'Bring everyone here';

/** Brings everybody to what one looks at. For those who may edit. */
export function GatherButton() {
  const { room, role } = useWorkspace();
  if (!atLeast(role, 'editor')) return null;
  const gather = () => {
    room.follow.gather();
    notifications.show({ message: 'Everyone else here was brought to this place.' });
  };
  return (
    <Tooltip label={LABEL}>
      <ActionIcon aria-label={LABEL} ml="auto" onClick={gather}>
        <IconUsersGroup size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
