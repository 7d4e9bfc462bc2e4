import type { Language } from '@/api/types';

import { extension } from './path';

/**
 * The file that Run starts: the language's usual one (`main.py`); else the open one, if it is of
 * the language; else the first that is.
 */
export function entryFile(paths: readonly string[], language: Language, open: string | null): string | null {
  const kind = extension(language.source_name);
  const fits = (path: string) => extension(path) === kind;
  if (paths.includes(language.source_name)) return language.source_name;
  if (open !== null && paths.includes(open) && fits(open)) return open;
  return paths.find(fits) ?? null;
}
