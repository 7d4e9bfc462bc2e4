import type { Execution, ExecutionHead, Status } from '@/api/types';
import { useSelected } from '@/lib/store';

import { useExecution } from '../queries';
import type { Room } from '../sync/room';
import { type Chunk, decode, trim } from './runs';
import { byId } from './useLatestRun';

/** A run as it is shown. */
export interface ShownRun {
  head: ExecutionHead;
  status: Status;
  chunks: readonly Chunk[];
  /** Whether the page holds only the end of the output. */
  trimmed: boolean;
  /** With what it used and what the compiler said; there once it has finished. */
  detail: Execution | null;
}

/** The run to show: streamed by events while it goes, from the server afterwards. */
export function useShownRun(room: Room, id: string | null): ShownRun | null {
  const live = useSelected(room.runs, (runs) => byId(runs, id));
  const streaming = live !== null && live.status !== 'finished';
  const asked = useExecution(id, !streaming || live.head === null).data ?? null;
  const head = live?.head ?? asked;
  if (!head) return null;
  const detail = asked?.status === 'finished' ? asked : null;
  const streamed = live && (live.whole || !detail) ? live : null;
  const output = streamed ?? (detail ? outputOf(detail) : { chunks: [], trimmed: false });
  return { head, status: live?.status ?? head.status, chunks: output.chunks, trimmed: output.trimmed, detail };
}

function outputOf({ run }: Execution): { chunks: Chunk[]; trimmed: boolean } {
  if (!run) return { chunks: [], trimmed: false };
  const chunks: Chunk[] = [
    { stream: 'stdout', text: decode(run.stdout, run.stdout_encoding) },
    { stream: 'stderr', text: decode(run.stderr, run.stderr_encoding) },
  ];
  return trim(chunks.filter(({ text }) => text !== ''));
}
