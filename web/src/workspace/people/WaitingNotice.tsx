import { IconDoor } from '@tabler/icons-react';

import { useWorkspace } from '../context';
import { Notice } from '../Notice';
import { useWaiting } from '../queries';
import { atLeast } from '../roles';
import { DoorButtons } from './WaitingList';

/** Somebody knocks: told where a host sees it, whatever else is open. */
export function WaitingNotice() {
  const { session, role } = useWorkspace();
  const [first, ...others] = useWaiting(session.id, atLeast(role, 'admin')).data ?? [];
  if (!first) return null;
  const { id, display_name: name } = first.user;
  const more = others.length > 0 ? ` (and ${others.length} more, below “People”)` : '';
  return (
    <Notice icon={<IconDoor size={16} aria-hidden />}>
      {name} waits to be let in{more}.
      <DoorButtons id={id} name={name} />
    </Notice>
  );
}
