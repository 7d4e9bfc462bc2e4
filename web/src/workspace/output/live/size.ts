import type { TerminalSize } from '@/api/types';
import { Store } from '@/lib/store';

/** The server's bounds. */
const MAX: TerminalSize = { cols: 500, rows: 300 };

/** The size of the last terminal on this page, with which the next one starts. */
export const lastSize = new Store<TerminalSize>({ cols: 80, rows: 24 });

/** A size within the server's bounds. */
export function bounded({ cols, rows }: TerminalSize): TerminalSize {
  const within = (value: number, max: number) => Math.min(Math.max(Math.floor(value), 1), max);
  return { cols: within(cols, MAX.cols), rows: within(rows, MAX.rows) };
}
