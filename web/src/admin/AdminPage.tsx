import { NotFound } from '@/app/Message';
import { useUser } from '@/auth/useAuth';
import { TabbedPage } from '@/ui/TabbedPage';

import { TABS } from './tabs';

/** Administration of the platform. For everybody else it does not exist; the server refuses them in any case. */
export function AdminPage() {
  const { platform_admin } = useUser();
  if (!platform_admin) return <NotFound />;
  return <TabbedPage title="Administration" base="/admin" tabs={TABS} size="lg" />;
}
