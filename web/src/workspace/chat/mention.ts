import type { Person } from '@/api/types';

/** Most names that are offered. */
const OFFERED = 6;

/** A name that is being typed: where its `@` is, and what follows so far. */
export interface Naming {
  start: number;
  query: string;
}

/** The name that the cursor stands in, if any. */
export function namingAt(text: string, cursor: number): Naming | null {
  const match = /(?<![\p{L}\p{N}@])@([\w-]*)$/u.exec(text.slice(0, cursor));
  return match ? { start: match.index, query: (match[1] ?? '').toLowerCase() } : null;
}

/** Those whose name begins with what was typed, or has a word that does. */
export function candidates(people: readonly Person[], query: string): Person[] {
  const fits = ({ username, display_name: name }: Person) =>
    username.startsWith(query) ||
    name
      .toLowerCase()
      .split(/\s+/u)
      .some((word) => word.startsWith(query));
  return people.filter(fits).slice(0, OFFERED);
}

/** The text with the whole name in place of what was typed, and where the cursor is then. */
export function complete(text: string, { start, query }: Naming, person: Person): { text: string; cursor: number } {
  const name = `@${person.username} `;
  const rest = text.slice(start + 1 + query.length).replace(/^ /u, '');
  return { text: text.slice(0, start) + name + rest, cursor: start + name.length };
}
