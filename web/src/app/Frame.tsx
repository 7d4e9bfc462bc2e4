import { Outlet } from 'react-router';

import { useAuth } from '@/auth/useAuth';
import { Waiting } from '@/ui/Waiting';

/** Waits until it is known who is here, then shows the page. */
export function Frame() {
  const state = useAuth();
  if (state.status !== 'loading') return <Outlet />;
  return <Waiting message={state.unreachable ? 'The server cannot be reached. Trying again…' : undefined} />;
}
