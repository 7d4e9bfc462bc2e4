import { useSelected } from '@/lib/store';

import { useExecution, useRunList } from '../queries';
import type { Room } from '../sync/room';
import type { Run, Runs } from './runs';

/**
 * The session's newest run and whether it has ended: from the events, or from the server's list
 * where the events do not reach back far enough. Ids sort by time (UUIDv7).
 */
export function useLatestRun(room: Room, sessionId: string): { id: string; finished: boolean } | null {
  const liveId = useSelected(room.runs, newestId);
  const liveStatus = useSelected(room.runs, (runs) => byId(runs, liveId)?.status ?? null);
  const listed = useRunList(sessionId).data?.[0];
  const listedOnly = listed && (liveId === null || listed.id > liveId) ? listed : null;
  const asked = useExecution(listedOnly?.id ?? null, listedOnly !== null && listedOnly.status !== 'finished');
  if (listedOnly) return { id: listedOnly.id, finished: (asked.data ?? listedOnly).status === 'finished' };
  return liveId === null ? null : { id: liveId, finished: liveStatus === 'finished' };
}

/** A run that the events told of. */
export function byId(runs: Runs, id: string | null): Run | null {
  return runs.runs.find((run) => run.id === id) ?? null;
}

function newestId(runs: Runs): string | null {
  return runs.runs.reduce<string | null>((newest, { id }) => (newest === null || id > newest ? id : newest), null);
}
