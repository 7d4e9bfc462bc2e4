import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import type { ApiKey, Scope } from '@/api/types';

const KEY = ['api-keys'];

/** What a key can be good for, in the order in which it is offered. */
export const SCOPES: { scope: Scope; label: string; hint: string }[] = [
  { scope: 'read', label: 'Read', hint: 'Look at sessions, files, runs and your profile' },
  { scope: 'execute', label: 'Run programs', hint: 'Start, follow, steer and cancel runs' },
  { scope: 'sessions', label: 'Sessions', hint: 'Make, change and edit sessions, and chat' },
  { scope: 'admin', label: 'Administration', hint: 'Only for administrators of this server' },
];

/** How long a key may live, in days; 0 is for ever. */
export const LIVES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '0', label: 'Until it is revoked' },
];

const DAY = 24 * 60 * 60 * 1000;

/** One's API keys, newest first. */
export function useApiKeys() {
  return useQuery({
    queryKey: KEY,
    queryFn: async (): Promise<ApiKey[]> => (await unwrap(api.GET('/api/v1/me/api-keys'))).items,
  });
}

/** Makes a key; the answer holds its text, which cannot be had again. */
export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ name, scopes, days }: { name: string; scopes: Scope[]; days: number }) => {
      const expires_at = days === 0 ? null : new Date(Date.now() + days * DAY).toISOString();
      return unwrap(api.POST('/api/v1/me/api-keys', { body: { name, scopes, expires_at } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** Revokes a key. */
export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/me/api-keys/{id}', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
