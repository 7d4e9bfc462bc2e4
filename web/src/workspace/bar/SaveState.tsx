import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import type { Connection } from '../sync/link';
import type { SaveState as Saving } from '../sync/saves';
import classes from './TopBar.module.css';

/** Whether what was typed here is stored. */
export function SaveState() {
  const { room } = useWorkspace();
  const connection = useStore(room.link.state);
  const saving = useStore(room.saves.state);
  const loaded = useStore(room.link.loaded);
  const text = words(connection, saving, loaded);
  return (
    <span
      className={classes.saveState}
      data-testid="save-state"
      data-trouble={connection === 'offline' || saving === 'failing' || undefined}
    >
      {text}
    </span>
  );
}

function words(connection: Connection, saving: Saving, loaded: boolean): string {
  if (connection === 'offline') return 'Offline';
  if (!loaded) return 'Connecting…';
  return { saved: 'Saved', saving: 'Saving…', failing: 'Not saved' }[saving];
}
