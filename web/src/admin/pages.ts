import { useInfiniteQuery } from '@tanstack/react-query';

/** A part of a list, as the server gives it. */
interface Part<T> {
  items: T[];
  next_cursor?: string | null;
}

/** A list in parts, asked for anew whenever it is looked at. `key` says what is looked for. */
export function usePages<T>(key: readonly string[], ask: (cursor: string | null) => Promise<Part<T>>) {
  return useInfiniteQuery({
    queryKey: ['admin', ...key],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => ask(pageParam),
    getNextPageParam: (page) => page.next_cursor ?? null,
    staleTime: 0,
  });
}

export type Pages<T> = ReturnType<typeof usePages<T>>;

/** The parts of a query that are not empty. */
export function given<T extends Record<string, string | null | undefined>>(query: T): Partial<Record<keyof T, string>> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value)) as Partial<Record<keyof T, string>>;
}
