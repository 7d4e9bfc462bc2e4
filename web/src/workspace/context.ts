import { createContext, useContext } from 'react';

import type { Role, Session } from '@/api/types';

import type { Runner } from './output/useRunner';
import type { Room } from './sync/room';

/** What all parts of an open session share. */
export interface WorkspaceValue {
  session: Session;
  room: Room;
  role: Role | null;
  runner: Runner;
}

export const WorkspaceContext = createContext<WorkspaceValue | null>(null);

/** The open session. Only inside a workspace. */
export function useWorkspace(): WorkspaceValue {
  const value = useContext(WorkspaceContext);
  if (!value) throw new Error('this component belongs inside a workspace');
  return value;
}
