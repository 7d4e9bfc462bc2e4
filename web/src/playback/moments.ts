import { api, unwrap } from '@/api/client';
import type { ChatMessage, ExecutionHead, Person, Snapshot } from '@/api/types';
import { sentence } from '@/workspace/chat/sentence';

/** Something that happened besides edits. */
export type Moment = { at: number; id: string; by: Person | null } & (
  | { kind: 'run'; run: ExecutionHead }
  | { kind: 'snapshot'; snapshot: Snapshot }
  /** What somebody wrote, or the session itself. */
  | { kind: 'message' | 'line'; text: string }
);

interface Part<T> {
  items: T[];
  next_cursor?: string | null;
}

/** All parts of a list. */
async function whole<T>(read: (cursor: string | undefined) => Promise<Part<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  do {
    const part: Part<T> = await read(cursor ?? undefined);
    items.push(...part.items);
    cursor = part.next_cursor;
  } while (cursor);
  return items;
}

/** The session's runs, its chat and the snapshots that people named, oldest first. */
export async function loadMoments(id: string): Promise<Moment[]> {
  const params = (cursor: string | undefined) => ({
    params: { path: { id }, query: { ...(cursor !== undefined && { cursor }), limit: 100 } },
  });
  const [runs, snapshots, messages] = await Promise.all([
    whole((cursor) => unwrap(api.GET('/api/v1/sessions/{id}/executions', params(cursor)))),
    whole((cursor) => unwrap(api.GET('/api/v1/sessions/{id}/snapshots', params(cursor)))),
    whole((cursor) => unwrap(api.GET('/api/v1/sessions/{id}/messages', params(cursor)))),
  ]);
  const moments: Moment[] = [
    ...runs.map((run) => ({ kind: 'run' as const, at: Date.parse(run.created_at), id: run.id, by: run.user, run })),
    ...snapshots
      .filter(({ name }) => name !== null && name !== undefined)
      .map((snapshot) => ({
        kind: 'snapshot' as const,
        at: Date.parse(snapshot.created_at),
        id: snapshot.id,
        by: snapshot.by ?? null,
        snapshot,
      })),
    ...messages.flatMap(said),
  ];
  return moments.sort((a, b) => a.at - b.at);
}

/** Runs have a moment of their own, and what was deleted has none. */
function said(message: ChatMessage): Moment[] {
  const { id, author, created_at: at } = message;
  if (message.deleted_at || (message.kind === 'system' && message.line.type === 'run')) return [];
  const words =
    message.kind === 'text'
      ? { kind: 'message' as const, text: message.text }
      : { kind: 'line' as const, text: sentence(message) };
  return [{ ...words, at: Date.parse(at), id, by: author }];
}
