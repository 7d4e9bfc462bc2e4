import { useEffect, useState } from 'react';
import type { Awareness } from 'y-protocols/awareness';

/** Somebody's open page, as awareness tells it. */
export interface Present {
  client: number;
  /** The user; several pages may be theirs. */
  id: string;
  name: string;
  username: string;
  color: string;
  /** The file that they look at. */
  file: string | null;
  cursor: { anchor?: unknown; head?: unknown } | null;
}

const NEUTRAL = '#6b7280';

/** Everybody's open pages. What others send may be anything, so that every field is checked. */
export function people(awareness: Awareness): Present[] {
  const present: Present[] = [];
  for (const [client, state] of awareness.getStates()) {
    const user = record(state.user);
    if (typeof user?.id !== 'string') continue;
    const { name, username, color } = user;
    present.push({
      client,
      id: user.id,
      name: typeof name === 'string' && name !== '' ? name.slice(0, 64) : 'Somebody',
      username: typeof username === 'string' ? username.slice(0, 64) : '',
      color: typeof color === 'string' && /^#[0-9a-f]{6}$/iu.test(color) ? color : NEUTRAL,
      file: typeof state.file === 'string' ? state.file : null,
      cursor: record(state.cursor),
    });
  }
  return present;
}

/** Each person once, in the order of their names, kept current. */
export function usePresence(awareness: Awareness): Present[] {
  const [present, setPresent] = useState<Present[]>(() => distinct(people(awareness)));
  useEffect(() => {
    const renew = () => {
      const next = distinct(people(awareness));
      // Cursors move all the time; only who is where matters here.
      setPresent((before) => (summary(before) === summary(next) ? before : next));
    };
    renew();
    awareness.on('change', renew);
    return () => awareness.off('change', renew);
  }, [awareness]);
  return present;
}

function distinct(all: Present[]): Present[] {
  const byUser = new Map(all.map((one) => [one.id, one]));
  return [...byUser.values()].sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
}

function summary(all: Present[]): string {
  return JSON.stringify(all.map(({ id, name, color, file }) => [id, name, color, file]));
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
}
