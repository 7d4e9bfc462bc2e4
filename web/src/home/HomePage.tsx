import { useAuth } from '@/auth/useAuth';

import { Landing } from './Landing';
import { SessionsPage } from './SessionsPage';

/** The start page: what this is, or one's sessions. */
export function HomePage() {
  return useAuth().status === 'signed-in' ? <SessionsPage /> : <Landing />;
}
