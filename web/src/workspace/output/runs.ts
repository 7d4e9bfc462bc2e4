import type { ExecutionHead, RunEvent, Status, Stream } from '@/api/types';

/** Most output of one run that is kept on the page, in characters; the start is let go. */
export const MAX_OUTPUT = 256 * 1024;
/** Most stretches of one stream that are kept of one run. */
export const MAX_CHUNKS = 4096;
/** Most runs that are kept with their output; older ones are fetched when looked at. */
export const MAX_RUNS = 20;

/** A stretch of output of one stream. */
export interface Chunk {
  stream: Stream;
  text: string;
}

/** A run as the events tell it. */
export interface Run {
  id: string;
  /** Unknown when the run's start has fallen out of the event log. */
  head: ExecutionHead | null;
  status: Status;
  chunks: readonly Chunk[];
  /** Whether the start of the output was let go. */
  trimmed: boolean;
  /** Whether all events since the start were seen, so that `chunks` is the whole output. */
  whole: boolean;
}

/** The runs of a session, oldest first, and the last event that is in them. */
export interface Runs {
  seq: number;
  runs: readonly Run[];
}

export const NO_RUNS: Runs = { seq: 0, runs: [] };

/** An event with its place in the session's log. */
export interface Numbered {
  seq: number;
  event: RunEvent;
}

/** The runs after some more events. Events that are in them already are passed over. */
export function applyEvents(state: Runs, events: readonly Numbered[]): Runs {
  const runs = new Map(state.runs.map((run) => [run.id, run]));
  let seq = state.seq;
  for (const numbered of events) {
    if (numbered.seq <= seq) continue;
    seq = numbered.seq;
    const id = runOf(numbered.event);
    runs.set(id, applyEvent(runs.get(id), id, numbered.event));
  }
  return seq === state.seq ? state : { seq, runs: [...runs.values()].slice(-MAX_RUNS) };
}

function runOf(event: RunEvent): string {
  return 'execution' in event ? event.execution.id : event.execution_id;
}

function applyEvent(known: Run | undefined, id: string, event: RunEvent): Run {
  const run = known ?? { id, head: null, status: 'running', chunks: [], trimmed: false, whole: false };
  switch (event.type) {
    case 'execution.started':
      return { ...run, head: event.execution, status: event.execution.status, whole: run.chunks.length === 0 };
    case 'execution.status':
      return { ...run, status: event.status };
    case 'execution.output':
      return append(run, { stream: event.stream, text: decode(event.data, event.encoding) });
    // Verdicts come with the result.
    case 'execution.test':
      return run;
    case 'execution.finished':
      return { ...run, head: event.execution, status: 'finished' };
  }
}

function append(run: Run, chunk: Chunk): Run {
  const chunks = [...run.chunks];
  const last = chunks.at(-1);
  if (last?.stream === chunk.stream) chunks[chunks.length - 1] = { ...last, text: last.text + chunk.text };
  else chunks.push(chunk);
  const kept = trim(chunks);
  return { ...run, chunks: kept.chunks, trimmed: run.trimmed || kept.trimmed };
}

/** The last [`MAX_OUTPUT`] characters of some output, and whether that is not all of it. */
export function trim(chunks: readonly Chunk[]): { chunks: Chunk[]; trimmed: boolean } {
  const kept: Chunk[] = [];
  let room = MAX_OUTPUT;
  for (let index = chunks.length - 1; index >= 0; index -= 1) {
    const chunk = chunks[index];
    if (!chunk) break;
    if (room === 0 || kept.length === MAX_CHUNKS) return { chunks: kept.reverse(), trimmed: true };
    const text = chunk.text.slice(-room);
    kept.push({ ...chunk, text });
    room -= text.length;
    if (text.length < chunk.text.length) return { chunks: kept.reverse(), trimmed: true };
  }
  return { chunks: kept.reverse(), trimmed: false };
}

/** Output as text; bytes that are no UTF-8 come as base64 and show as replacement characters. */
export function decode(data: string, encoding: 'utf8' | 'base64' | undefined): string {
  if (encoding !== 'base64') return data;
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
