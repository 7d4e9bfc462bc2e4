/** Longest path in bytes of UTF-8. The rules here are those of the server (`codecrafter-domain`, `path`). */
export const MAX_PATH_BYTES = 255;
/** Deepest nesting. */
export const MAX_DEPTH = 8;

/** What is wrong with a path, or nothing. */
export function pathProblem(path: string): string | null {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes === 0) return 'Type a name.';
  if (bytes > MAX_PATH_BYTES) return `At most ${MAX_PATH_BYTES} bytes.`;
  if (path.startsWith('/')) return 'No / at the start.';
  if (/[\p{Cc}\\]/u.test(path)) return 'No control characters and no backslashes.';
  const parts = path.split('/');
  if (parts.length > MAX_DEPTH) return `At most ${MAX_DEPTH} parts.`;
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'No empty, . or .. parts.';
  if (parts.some((part) => part.startsWith('-'))) return 'No part may start with -.';
  return null;
}

/** Whether two paths cannot stand side by side: equal but for case, or one the other's folder. */
export function collide(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** What is wrong with a path beside others, or nothing. */
export function newPathProblem(path: string, others: readonly string[]): string | null {
  const other = others.find((existing) => collide(path, existing));
  return pathProblem(path) ?? (other === undefined ? null : `There is ${other} already.`);
}

/** The part after the last dot, lower case: `py`. */
export function extension(path: string): string {
  return /\.([^./]+)$/u.exec(path)?.[1]?.toLowerCase() ?? '';
}
