import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { makePasskey } from '@/auth/passkeys';

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

/** Has the browser make a passkey, and adds it; the answer holds recovery codes where there were none before. */
export const useAddPasskey = () =>
  useChange(async (body: { password: string; name: string }) => {
    const asked = await unwrap(api.POST('/api/v1/me/second-factors/passkeys', { body }));
    const credential = { ...(await makePasskey(asked.public_key)) };
    const made = { ceremony: asked.ceremony, credential };
    return unwrap(api.POST('/api/v1/me/second-factors/passkeys/finish', { body: made }));
  });

/** Gives a passkey another name. */
export const useRenamePasskey = () =>
  useChange(({ id, name }: { id: string; name: string }) =>
    unwrap(api.PATCH('/api/v1/me/second-factors/passkeys/{id}', { params: { path: { id } }, body: { name } })),
  );

/** Removes a passkey. */
export const useRemovePasskey = () =>
  useChange(({ id, password }: { id: string; password: string }) =>
    unwrap(api.DELETE('/api/v1/me/second-factors/passkeys/{id}', { params: { path: { id } }, body: { password } })),
  );
