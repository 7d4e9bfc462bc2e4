import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import type { Language } from '@/api/types';

/** Names of what the query cache holds. */
export const keys = {
  languages: ['languages'] as const,
  sessions: ['sessions'] as const,
  session: (id: string) => ['session', id] as const,
  people: (id: string) => ['people', id] as const,
  /** Below it are the link to share and the list of all. */
  invites: (id: string) => ['invites', id] as const,
  waiting: (id: string) => ['waiting', id] as const,
  bans: (id: string) => ['bans', id] as const,
  runs: (id: string) => ['runs', id] as const,
  run: (id: string) => ['run', id] as const,
  snapshots: (id: string) => ['snapshots', id] as const,
  notes: (id: string) => ['notes', id] as const,
};

/** The languages that this server can run, with sample programs. They change only with a restart. */
export function useLanguages() {
  return useQuery({
    queryKey: keys.languages,
    queryFn: async (): Promise<Language[]> => (await unwrap(api.GET('/api/v1/languages'))).items,
    staleTime: Infinity,
  });
}

/** A session as this user sees it. */
export function useSession(id: string, enabled = true) {
  return useQuery({
    queryKey: keys.session(id),
    queryFn: () => unwrap(api.GET('/api/v1/sessions/{id}', { params: { path: { id } } })),
    enabled,
  });
}

/** Who takes part in a session. */
export function usePeople(id: string) {
  return useQuery({
    queryKey: keys.people(id),
    queryFn: async () =>
      (await unwrap(api.GET('/api/v1/sessions/{id}/participants', { params: { path: { id } } }))).items,
  });
}

/** All invitation links; for those who may see them. */
export function useInvites(id: string) {
  return useQuery({
    queryKey: [...keys.invites(id), 'all'],
    queryFn: async () => (await unwrap(api.GET('/api/v1/sessions/{id}/invites', { params: { path: { id } } }))).items,
  });
}

/** Who waits to be let in; for those who may decide it. */
export function useWaiting(id: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.waiting(id),
    queryFn: async () => (await unwrap(api.GET('/api/v1/sessions/{id}/waiting', { params: { path: { id } } }))).items,
    enabled,
  });
}

/** Who is banned; for those who may see it. */
export function useBans(id: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.bans(id),
    queryFn: async () => (await unwrap(api.GET('/api/v1/sessions/{id}/bans', { params: { path: { id } } }))).items,
    enabled,
  });
}

/** The latest runs of a session, newest first. */
export function useRunList(id: string) {
  return useQuery({
    queryKey: keys.runs(id),
    queryFn: async () =>
      (await unwrap(api.GET('/api/v1/sessions/{id}/executions', { params: { path: { id } } }))).items,
  });
}

/** A run with its output; asked for again each second until it has finished. */
export function useExecution(id: string | null, enabled: boolean) {
  return useQuery({
    queryKey: keys.run(id ?? ''),
    queryFn: () => unwrap(api.GET('/api/v1/executions/{id}', { params: { path: { id: id ?? '' } } })),
    enabled: enabled && id !== null,
    staleTime: (query) => (query.state.data?.status === 'finished' ? Infinity : 0),
    refetchInterval: (query) => (query.state.data && query.state.data.status !== 'finished' ? 1000 : false),
  });
}
