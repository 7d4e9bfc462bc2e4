import type { User } from '@/api/types';
import { useStore } from '@/lib/store';

import { auth, type AuthState } from './auth';

/** Who uses this tab. */
export function useAuth(): AuthState {
  return useStore(auth.state);
}

/** The signed-in user. Only below a route that demands one. */
export function useUser(): User {
  const state = useAuth();
  if (state.status !== 'signed-in') throw new Error('this part of the page needs a signed-in user');
  return state.user;
}
