import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import type { FileDiff, Snapshot } from '@/api/types';

import { keys } from '../queries';

/** A session's snapshots, newest first, as many parts of the list as were asked for. */
export function useSnapshots(id: string) {
  return useInfiniteQuery({
    queryKey: keys.snapshots(id),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET('/api/v1/sessions/{id}/snapshots', {
          params: { path: { id }, query: { ...(pageParam !== undefined && { cursor: pageParam }), limit: 50 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

/** What differs from a snapshot to another one, or to now. What is now changes, so that it is asked for each time. */
export function useDiff(id: string, from: string | null, to: string | null) {
  return useQuery({
    queryKey: ['diff', id, from, to],
    queryFn: async (): Promise<FileDiff[]> => {
      const query = to === null ? {} : { to };
      const path = { id, snapshot: from ?? '' };
      const answer = await unwrap(
        api.GET('/api/v1/sessions/{id}/snapshots/{snapshot}/diff', { params: { path, query } }),
      );
      return answer.items;
    },
    enabled: from !== null,
    staleTime: 0,
    gcTime: 0,
  });
}

/** What can be done with snapshots. The list follows from the session's events. */
export function useSnapshotActions(id: string) {
  const of = (snapshot: string) => ({ params: { path: { id, snapshot } } });
  const take = useMutation({
    mutationFn: (name: string) =>
      unwrap(api.POST('/api/v1/sessions/{id}/snapshots', { params: { path: { id } }, body: { name } })),
  });
  const rename = useMutation({
    mutationFn: ({ snapshot, name }: { snapshot: string; name: string }) =>
      unwrap(api.PATCH('/api/v1/sessions/{id}/snapshots/{snapshot}', { ...of(snapshot), body: { name } })),
  });
  const remove = useMutation({
    mutationFn: (snapshot: string) => unwrap(api.DELETE('/api/v1/sessions/{id}/snapshots/{snapshot}', of(snapshot))),
  });
  const restore = useMutation({
    mutationFn: (snapshot: string) =>
      unwrap(api.POST('/api/v1/sessions/{id}/snapshots/{snapshot}/restore', of(snapshot))),
  });
  return { take, rename, remove, restore };
}

const KINDS: Record<Snapshot['kind'], string> = {
  named: 'Snapshot',
  run: 'Before a run',
  timed: 'While editing',
  restore: 'Before bringing back',
};

/** What to call a snapshot. */
export function titleOf(snapshot: Snapshot): string {
  return snapshot.name ?? KINDS[snapshot.kind];
}
