import { Navigate } from 'react-router';

import { useUser } from '@/auth/useAuth';
import { TabbedPage } from '@/ui/TabbedPage';

import { TABS } from './tabs';

/** Everything that belongs to one's own account, a tab for each part. */
export function AccountPage() {
  const { guest_of } = useUser();
  if (guest_of) return <Navigate to="/" replace />;
  return <TabbedPage title="Account" base="/account" tabs={TABS} size="md" />;
}
