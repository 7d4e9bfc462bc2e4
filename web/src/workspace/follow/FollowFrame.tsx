import { Button } from '@mantine/core';
import { type CSSProperties, type ReactNode, useEffect } from 'react';

import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import classes from './Follow.module.css';

/** The editor and, while one follows somebody, a frame in their colour that says so and how to stop. */
export function FollowFrame({ children }: { children: ReactNode }) {
  const { follow } = useWorkspace().room;
  const leader = useStore(follow.leader);
  useEffect(() => {
    if (!leader) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && follow.stop();
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [leader, follow]);
  const style = leader ? ({ '--cc-leader': leader.color } as CSSProperties) : undefined;
  return (
    <div className={classes.frame} data-following={leader !== null || undefined} style={style}>
      {children}
      <div role="status" className={classes.place}>
        {leader && (
          <Button size="compact-sm" className={classes.badge} onClick={follow.stop} data-testid="following">
            Following {leader.display_name} — stop (Esc)
          </Button>
        )}
      </div>
    </div>
  );
}
