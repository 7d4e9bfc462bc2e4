import type { ChatMessage, ExecutionHead, SessionEventKind, Unread } from '@/api/types';

/** What is known of a session's chat, oldest first. */
export interface Messages {
  items: readonly ChatMessage[];
  /** Where older messages begin; null when there are none. */
  older: string | null;
  /** Null before the first answer, and for those who are not in the session. */
  unread: Unread | null;
}

export const NO_MESSAGES: Messages = { items: [], older: null, unread: null };

/** The messages with some more, or with newer versions of them: each once, in the order of their ids (UUIDv7). */
export function merge(items: readonly ChatMessage[], more: readonly ChatMessage[]): readonly ChatMessage[] {
  if (more.length === 0) return items;
  const byId = new Map(items.map((message) => [message.id, message]));
  for (const message of more) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)));
}

/** The messages after something that happened; `me` is whoever reads. */
export function applyEvent(state: Messages, event: SessionEventKind, me: string): Messages {
  switch (event.type) {
    case 'chat.message': {
      const { message } = event;
      const known = state.items.some(({ id }) => id === message.id);
      const items = merge(state.items, [message]);
      return { ...state, items, unread: known ? state.unread : count(state.unread, message, me) };
    }
    case 'chat.edited':
      return { ...state, items: replace(state.items, event.message.id, () => event.message) };
    case 'chat.deleted':
      return { ...state, items: replace(state.items, event.message_id, erased) };
    case 'chat.read':
      return { ...state, unread: event.unread };
    case 'execution.started':
    case 'execution.finished':
      return { ...state, items: merge(state.items, [lineOf(event.execution)]) };
    default:
      return state;
  }
}

function count(unread: Unread | null, message: ChatMessage, me: string): Unread | null {
  if (!unread || message.kind !== 'text' || message.author.id === me) return unread;
  const named = message.mentions.includes(me);
  return { ...unread, messages: unread.messages + 1, mentions: unread.mentions + Number(named) };
}

function replace(
  items: readonly ChatMessage[],
  id: string,
  change: (message: ChatMessage) => ChatMessage,
): readonly ChatMessage[] {
  return items.map((message) => (message.id === id ? change(message) : message));
}

function erased(message: ChatMessage): ChatMessage {
  if (message.kind !== 'text') return message;
  return { ...message, text: '', mentions: [], deleted_at: new Date().toISOString() };
}

/** A run's line as the server keeps it: under the run's id. */
function lineOf(run: ExecutionHead): ChatMessage {
  const { id, language, outcome } = run;
  return {
    id,
    author: run.user,
    kind: 'system',
    line: { type: 'run', execution_id: id, language, outcome: outcome ?? null },
    created_at: run.created_at,
    edited_at: null,
    deleted_at: null,
  };
}
