import type { Role } from '@/api/types';

const ORDER: Role[] = ['viewer', 'editor', 'admin', 'owner'];

/** Whether a role includes another. Only decides what is offered; the server decides what happens. */
export function atLeast(role: Role | null, least: Role): boolean {
  return role !== null && ORDER.indexOf(role) >= ORDER.indexOf(least);
}

/** What each role may do, in words. */
export const ROLE_HINTS: Record<Role, string> = {
  viewer: 'Reads and sees runs',
  editor: 'Edits and runs',
  admin: 'Also manages people and settings',
  owner: 'Also hands the session over and deletes it',
};
