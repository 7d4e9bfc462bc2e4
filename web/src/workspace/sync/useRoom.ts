import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { useUser } from '@/auth/useAuth';
import { useChange } from '@/lib/useChange';

import { keys } from '../queries';
import { Room } from './room';

/**
 * The live side of a session, for as long as the component is shown. `onRefused` must be stable.
 * Whoever may no longer write starts anew: edits that the server refused must not stay in view.
 */
export function useRoom(sessionId: string, writable: boolean, onRefused: () => void): Room | null {
  const client = useQueryClient();
  const user = useUser();
  const [room, setRoom] = useState<Room | null>(null);
  const [attempt, setAttempt] = useState(0);
  useChange(writable, () => !writable && setAttempt(attempt + 1));
  useEffect(() => {
    const renew = (queryKey: readonly string[]) => () => void client.invalidateQueries({ queryKey });
    const opened = new Room(sessionId, {
      onSessionChanged: renew(keys.session(sessionId)),
      onPeopleChanged: renew(keys.people(sessionId)),
      onDoorChanged: () => {
        for (const key of [keys.waiting, keys.bans]) renew(key(sessionId))();
      },
      onRunsChanged: renew(keys.runs(sessionId)),
      onSnapshotsChanged: renew(keys.snapshots(sessionId)),
      onNotesChanged: renew(keys.notes(sessionId)),
      onError: (message) => notifications.show({ color: 'red', message, role: 'alert' }),
      onRefused,
    });
    setRoom(opened);
    return () => {
      setRoom(null);
      opened.destroy();
    };
  }, [sessionId, client, onRefused, attempt]);
  useEffect(() => room?.introduce(user), [room, user]);
  return room;
}
