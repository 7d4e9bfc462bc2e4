import { IconAdjustments, IconDatabase, IconDevices, IconKey, IconShieldLock, IconUser } from '@tabler/icons-react';

import type { PageTab } from '@/ui/TabbedPage';

import { ApiKeysTab } from './ApiKeys';
import { DataTab } from './DataTab';
import { LoginsTab } from './LoginsTab';
import { PreferencesTab } from './PreferencesTab';
import { ProfileTab } from './ProfileTab';
import { SecurityTab } from './SecurityTab';

/** All parts, in the order in which they are offered; the first one is shown at `/account`. */
export const TABS = [
  { path: 'profile', label: 'Profile', icon: IconUser, page: ProfileTab },
  { path: 'security', label: 'Security', icon: IconShieldLock, page: SecurityTab },
  { path: 'logins', label: 'Logins', icon: IconDevices, page: LoginsTab },
  { path: 'api-keys', label: 'API keys', icon: IconKey, page: ApiKeysTab },
  { path: 'preferences', label: 'Preferences', icon: IconAdjustments, page: PreferencesTab },
  { path: 'data', label: 'Your data', icon: IconDatabase, page: DataTab },
] as const satisfies readonly PageTab[];
