import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { useUser } from '@/auth/useAuth';

import { keys } from '../queries';
import { Room } from './room';

/** The live side of a session, for as long as the component is shown. `onRefused` must be stable. */
export function useRoom(sessionId: string, onRefused: () => void): Room | null {
  const client = useQueryClient();
  const user = useUser();
  const [room, setRoom] = useState<Room | null>(null);
  useEffect(() => {
    const renew = (queryKey: readonly string[]) => () => void client.invalidateQueries({ queryKey });
    const opened = new Room(sessionId, {
      onSessionChanged: renew(keys.session(sessionId)),
      onPeopleChanged: renew(keys.people(sessionId)),
      onRunsChanged: renew(keys.runs(sessionId)),
      onRefused,
    });
    setRoom(opened);
    return () => {
      setRoom(null);
      opened.destroy();
    };
  }, [sessionId, client, onRefused]);
  useEffect(() => room?.introduce(user), [room, user]);
  return room;
}
