import { useEffect } from 'react';

import type { Runner } from './useRunner';

/** Ctrl/Cmd+Enter runs from anywhere in the workspace, before the editor can take it. */
export function useRunKey({ run }: Runner): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) run();
    };
    window.addEventListener('keydown', onKey, { capture: true });
    return () => window.removeEventListener('keydown', onKey, { capture: true });
  }, [run]);
}
