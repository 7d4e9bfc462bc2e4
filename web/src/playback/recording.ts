import { api, unwrap } from '@/api/client';
import type { HistoryPart, Person } from '@/api/types';
import { decodeBase64 } from '@/lib/base64';

/** An edit as it was made. */
export interface Edit {
  /** ms since 1970. */
  at: number;
  author: string | null;
  update: Uint8Array;
}

/** A session's log of edits. */
export interface Recording {
  /** What the edits build upon, where earlier ones were forgotten. */
  start: Uint8Array | null;
  /** Oldest first. */
  edits: Edit[];
  /** Who made them, by id. */
  people: Map<string, Person>;
}

/** Reads the whole log. */
export async function loadRecording(id: string): Promise<Recording> {
  const parts: HistoryPart[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const params = { path: { id }, query: { after, limit: 2_000 } };
    const part: HistoryPart = await unwrap(api.GET('/api/v1/sessions/{id}/history', { params }));
    parts.push(part);
    after = part.next ?? null;
  }
  return assemble(parts);
}

/** Puts the parts of a log together. Servers' clocks are set back now and then; edits are not. */
export function assemble(parts: HistoryPart[]): Recording {
  const start = parts[0]?.start ?? null;
  let latest = 0;
  const edits = parts
    .flatMap((part) => part.items)
    .map(({ at, author, update }) => {
      latest = Math.max(latest, Date.parse(at));
      return { at: latest, author: author ?? null, update: decodeBase64(update) };
    });
  const people = new Map(parts.flatMap((part) => part.people).map((person) => [person.id, person]));
  return { start: start && decodeBase64(start.update), edits, people };
}
