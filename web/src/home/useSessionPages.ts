import { useInfiniteQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { keys } from '@/workspace/queries';

export type Scope = 'mine' | 'public';

/** Sessions of a scope that match a search, page by page. */
export function useSessionPages(scope: Scope, q: string) {
  return useInfiniteQuery({
    queryKey: [...keys.sessions, scope, q],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/sessions', {
          params: { query: { scope, ...(q && { q }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
    staleTime: 0,
  });
}
