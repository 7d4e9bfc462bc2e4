import { Navigate, Outlet, useLocation, useParams } from 'react-router';

import { GuestPage } from './GuestPage';
import { useAuth } from './useAuth';
import { withNext } from './next';

/**
 * Lets signed-in users through. Others go to sign in and come back; with an invite they need no more than a name.
 * A guest of one session is nobody in another.
 */
export function SignedIn() {
  const state = useAuth();
  const { pathname, search, hash } = useLocation();
  const { id } = useParams();
  const guestOf = state.status === 'signed-in' ? (state.user.guest_of ?? null) : null;
  const elsewhere = guestOf !== null && guestOf !== id;
  if (state.status === 'signed-in' && !elsewhere) return <Outlet />;
  const invite = new URLSearchParams(search).get('invite');
  const here = pathname + search + hash;
  if (invite) return <GuestPage invite={invite} here={here} />;
  return elsewhere ? <Outlet /> : <Navigate to={withNext('/login', here)} replace />;
}
