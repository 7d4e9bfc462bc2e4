import { expect, it } from 'vitest';

import type { ChatMessage, Person } from '@/api/types';

import { applyEvent, merge, type Messages, NO_MESSAGES } from './messages';

const person = (id: string): Person => ({ id, username: id, display_name: id, color: '#1f6feb' });

function text(id: string, author = 'bob', mentions: string[] = []): ChatMessage {
  return {
    id,
    author: person(author),
    kind: 'text',
    text: `text of ${id}`,
    mentions,
    created_at: '2026-01-01T00:00:00Z',
    edited_at: null,
    deleted_at: null,
  };
}

const read: Messages = { ...NO_MESSAGES, unread: { messages: 0, mentions: 0, last_read: null } };
const after = (state: Messages, ...messages: ChatMessage[]) =>
  messages.reduce((now, message) => applyEvent(now, { type: 'chat.message', message }, 'ada'), state);

it('messages stand in the order of their ids, each once and in its latest version', () => {
  const edited = { ...text('2'), text: 'edited' } as ChatMessage;
  expect(merge([text('2'), text('4')], [text('1'), edited, text('3')]).map(({ id }) => id)).toEqual([
    '1',
    '2',
    '3',
    '4',
  ]);
  expect(merge([text('2')], [edited])).toEqual([edited]);
});

it('what others write is unread, and what names the reader is counted apart', () => {
  const state = after(read, text('1'), text('2', 'ada'), text('3', 'bob', ['ada']), text('1'));
  expect(state.unread).toEqual({ messages: 2, mentions: 1, last_read: null });
  expect(after(NO_MESSAGES, text('1')).unread).toBeNull();
});

it('an edit replaces, a deletion leaves an empty place, and unknown ones change nothing', () => {
  const edited = { ...text('1'), text: 'edited' } as ChatMessage;
  let state = applyEvent(after(read, text('1')), { type: 'chat.edited', message: edited }, 'ada');
  expect(state.items).toEqual([edited]);
  state = applyEvent(state, { type: 'chat.deleted', message_id: '1' }, 'ada');
  expect(state.items[0]).toMatchObject({ id: '1', text: '', mentions: [] });
  expect(state.items[0]?.deleted_at).not.toBeNull();
  expect(applyEvent(state, { type: 'chat.edited', message: text('9') }, 'ada').items).toHaveLength(1);
});

it('another window that reads on empties the count', () => {
  const unread = { messages: 0, mentions: 0, last_read: '1' };
  expect(applyEvent(after(read, text('1')), { type: 'chat.read', unread }, 'ada').unread).toEqual(unread);
});
