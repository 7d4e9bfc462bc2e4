import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';

const KEY = ['account', 'second-factors'];

/** What one's logins ask for besides the password. */
export function useSecondFactors() {
  return useQuery({ queryKey: KEY, queryFn: () => unwrap(api.GET('/api/v1/me/second-factors')) });
}

/** A change of it; what is shown is asked for again. */
function useChange<Input, Output>(change: (input: Input) => Promise<Output>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => queries.invalidateQueries({ queryKey: KEY }) });
}

/** Begins to set an authenticator app up; the answer holds its secret. */
export const useBeginTotp = () =>
  useChange((password: string) => unwrap(api.POST('/api/v1/me/second-factors/totp', { body: { password } })));

/** Finishes that by a code of the app; the answer holds recovery codes. */
export const useConfirmTotp = () =>
  useChange((code: string) => unwrap(api.POST('/api/v1/me/second-factors/totp/confirm', { body: { code } })));

/** Turns the app's codes off. */
export const useRemoveTotp = () =>
  useChange((password: string) => unwrap(api.DELETE('/api/v1/me/second-factors/totp', { body: { password } })));

/** Replaces the recovery codes; the answer holds the new ones. */
export const useRenewCodes = () =>
  useChange((password: string) => unwrap(api.POST('/api/v1/me/second-factors/recovery-codes', { body: { password } })));
