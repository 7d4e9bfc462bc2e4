import { useInfiniteQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { keys } from '@/workspace/queries';

export type Scope = 'mine' | 'public' | 'deleted';
export type Sort = 'changed' | 'created';

/** Which sessions are looked for. */
export interface Search {
  scope: Scope;
  /** Text in titles, descriptions and owners' names. */
  q: string;
  /** Id of a language, or nothing for all. */
  language: string;
  sort: Sort;
}

/** The sessions that a search finds, page by page. */
export function useSessionPages({ scope, q, language, sort }: Search) {
  return useInfiniteQuery({
    queryKey: [...keys.sessions, scope, q, language, sort],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/sessions', {
          params: {
            query: {
              scope,
              sort,
              ...(q && { q }),
              ...(language && { language }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? null,
    staleTime: 0,
  });
}
