import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';

import { WAYS_IN } from './keys';

/** The providers that one's account is connected to, and whether it has a password. */
export function useWaysIn() {
  return useQuery({ queryKey: WAYS_IN, queryFn: () => unwrap(api.GET('/api/v1/me/identities')) });
}
