import { IconCloudOff, IconEye } from '@tabler/icons-react';

import { useStore } from '@/lib/store';

import { useWorkspace } from './context';
import { GatherNotice } from './follow/GatherNotice';
import { JoinNotice } from './JoinNotice';
import { Notice } from './Notice';
import { WaitingNotice } from './people/WaitingNotice';

/** What a person must know before typing: that the connection is lost, or that they only read. */
export function Notices() {
  const { room, role, session } = useWorkspace();
  const connection = useStore(room.link.state);
  const saving = useStore(room.saves.state);
  return (
    <div role="status">
      {connection === 'offline' && (
        <Notice icon={<IconCloudOff size={16} aria-hidden />}>
          Offline: kept on this device until the connection is back. Leave this page open.
        </Notice>
      )}
      {connection === 'crowded' && (
        <Notice icon={<IconCloudOff size={16} aria-hidden />}>
          Not connected: too many connections are open. Close other tabs; your edits are kept in this one.
        </Notice>
      )}
      {saving === 'failing' && connection === 'online' && (
        <Notice icon={<IconCloudOff size={16} aria-hidden />}>
          The server cannot store edits just now. It keeps them and tries again.
        </Notice>
      )}
      <WaitingNotice />
      <GatherNotice />
      {role === null && <JoinNotice id={session.id} />}
      {role === 'viewer' && (
        <Notice icon={<IconEye size={16} aria-hidden />}>
          You are a viewer here: you see everything, and an admin can let you edit.
        </Notice>
      )}
    </div>
  );
}
