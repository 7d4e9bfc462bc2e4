import { Navigate, Outlet, useLocation } from 'react-router';

import { useAuth } from './useAuth';
import { withNext } from './next';

/** Lets signed-in users through; others go to sign in (with an invite, to register) and come back. */
export function SignedIn() {
  const state = useAuth();
  const { pathname, search, hash } = useLocation();
  if (state.status === 'signed-in') return <Outlet />;
  const invited = new URLSearchParams(search).has('invite');
  return <Navigate to={withNext(invited ? '/register' : '/login', pathname + search + hash)} replace />;
}
