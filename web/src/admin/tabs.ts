import {
  IconAdjustments,
  IconFileCode,
  IconListDetails,
  IconPlayerPlay,
  IconServer,
  IconUsers,
} from '@tabler/icons-react';

import type { PageTab } from '@/ui/TabbedPage';

import { AuditTab } from './AuditTab';
import { ExecutionsTab } from './ExecutionsTab';
import { QueueTab } from './QueueTab';
import { SessionsTab } from './SessionsTab';
import { SettingsTab } from './SettingsTab';
import { UsersTab } from './UsersTab';

/** All parts, in the order in which they are offered. */
export const TABS = [
  { path: 'users', label: 'Users', icon: IconUsers, page: UsersTab },
  { path: 'sessions', label: 'Sessions', icon: IconFileCode, page: SessionsTab },
  { path: 'executions', label: 'Runs', icon: IconPlayerPlay, page: ExecutionsTab },
  { path: 'queue', label: 'Queue and workers', icon: IconServer, page: QueueTab },
  { path: 'audit', label: 'Audit log', icon: IconListDetails, page: AuditTab },
  { path: 'settings', label: 'Settings', icon: IconAdjustments, page: SettingsTab },
] as const satisfies readonly PageTab[];
