import { useEffect } from 'react';

import type { SaveTracker } from './saves';

/** Has the browser ask before the page is left with edits that are not stored yet. */
export function useLeaveWarning(saves: SaveTracker): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (saves.state.get() !== 'saved') event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [saves]);
}
