import { useEffect } from 'react';

import type { Room } from '../sync/room';

/** Opens the file that the editor is to go to. The editor of an open file goes by itself. */
export function useTargetFile(room: Room, open: (fileId: string) => void): void {
  useEffect(() => {
    const { target } = room.follow;
    return target.subscribe(() => {
      const fileId = target.get()?.fileId;
      if (fileId !== undefined) open(fileId);
    });
  }, [room, open]);
}
