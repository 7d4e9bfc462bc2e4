import { useAuth } from '@/auth/useAuth';

import { GuestHome } from './GuestHome';
import { Landing } from './Landing';
import { SessionsPage } from './SessionsPage';

/** The start page: what this is, or one's sessions. */
export function HomePage() {
  const state = useAuth();
  if (state.status !== 'signed-in') return <Landing />;
  return state.user.guest_of ? <GuestHome session={state.user.guest_of} /> : <SessionsPage />;
}
