import { useState } from 'react';

/** Calls `action` while rendering, whenever `value` is another than in the rendering before. */
export function useChange(value: unknown, action: () => void): void {
  const [seen, setSeen] = useState(value);
  if (Object.is(seen, value)) return;
  setSeen(value);
  action();
}
