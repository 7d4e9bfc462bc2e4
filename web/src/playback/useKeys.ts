import { useEffect } from 'react';

import type { Player } from './player';

/** What the arrow keys move by, in ms. */
const STEP = 5_000;

/** Space plays and pauses, arrows go forward and back, unless something on the page takes the key itself. */
export function useKeys(player: Player): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const taken = target?.closest('button, a, input, select, textarea, [role="slider"], [role="radiogroup"]');
      if (taken || event.ctrlKey || event.metaKey || event.altKey) return;
      const { at } = player.place.get();
      if (event.key === ' ') player.toggle();
      else if (event.key === 'ArrowLeft') player.seek(at - STEP);
      else if (event.key === 'ArrowRight') player.seek(at + STEP);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [player]);
}
