import { IconAdjustments, IconKey, IconShieldLock, IconUser } from '@tabler/icons-react';
import type { ComponentType } from 'react';

import { ApiKeysTab } from './ApiKeys';
import { PreferencesTab } from './PreferencesTab';
import { ProfileTab } from './ProfileTab';
import { SecurityTab } from './SecurityTab';

/** One part of the account area, at `/account/{path}`. */
export interface AccountTab {
  path: string;
  label: string;
  icon: ComponentType<{ size?: number }>;
  page: ComponentType;
}

/** All parts, in the order in which they are offered; the first one is shown at `/account`. */
export const TABS = [
  { path: 'profile', label: 'Profile', icon: IconUser, page: ProfileTab },
  { path: 'security', label: 'Security', icon: IconShieldLock, page: SecurityTab },
  { path: 'api-keys', label: 'API keys', icon: IconKey, page: ApiKeysTab },
  { path: 'preferences', label: 'Preferences', icon: IconAdjustments, page: PreferencesTab },
] as const satisfies readonly AccountTab[];
