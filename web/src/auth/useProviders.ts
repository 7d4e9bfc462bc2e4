import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import type { Provider } from '@/api/types';

/** By whom one can sign in here. Settings of the server, which stay while it runs. */
export function useProviders(): Provider[] {
  const providers = useQuery({
    queryKey: ['providers'],
    queryFn: () => unwrap(api.GET('/api/v1/auth/providers')),
    staleTime: Infinity,
  });
  return providers.data?.items ?? [];
}
