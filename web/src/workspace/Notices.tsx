import { IconCloudOff, IconEye } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import { useStore } from '@/lib/store';

import { useWorkspace } from './context';
import classes from './Notices.module.css';
import { atLeast } from './roles';

/** What a person must know before typing: that the connection is lost, or that they only read. */
export function Notices() {
  const { room, role } = useWorkspace();
  const connection = useStore(room.link.state);
  const saving = useStore(room.saves.state);
  return (
    <div role="status">
      {connection === 'offline' && (
        <Notice icon={<IconCloudOff size={16} aria-hidden />}>
          Offline: kept on this device until the connection is back. Leave this page open.
        </Notice>
      )}
      {saving === 'failing' && connection === 'online' && (
        <Notice icon={<IconCloudOff size={16} aria-hidden />}>
          The server cannot store edits just now. It keeps them and tries again.
        </Notice>
      )}
      {!atLeast(role, 'editor') && (
        <Notice icon={<IconEye size={16} aria-hidden />}>
          You are a viewer here: you see everything, and an admin can let you edit.
        </Notice>
      )}
    </div>
  );
}

function Notice({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <p className={classes.notice}>
      {icon}
      {children}
    </p>
  );
}
