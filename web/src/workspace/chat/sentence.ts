import type { ChatMessage } from '@/api/types';

import { verdict } from '../output/outcome';

/** A line that the session writes itself. */
export type SystemMessage = Extract<ChatMessage, { kind: 'system' }>;

/** What the line says. */
export function sentence({ line, author }: SystemMessage): string {
  const by = author.display_name;
  switch (line.type) {
    case 'joined': {
      const { user, role } = line;
      return user.id === author.id
        ? `${user.display_name} joined as ${role}`
        : `${by} added ${user.display_name} as ${role}`;
    }
    case 'left':
      return `${line.user.display_name} left`;
    case 'removed':
      return `${by} removed ${line.user.display_name}`;
    case 'role_changed':
      return `${by} made ${line.user.display_name} ${line.role}`;
    case 'run': {
      const end = line.outcome ? verdict('finished', line.outcome, null).label.toLowerCase() : 'running';
      return `${by} ran the program (${line.language}): ${end}`;
    }
  }
}
