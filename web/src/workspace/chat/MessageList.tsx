import { Button, Text } from '@mantine/core';
import { Fragment, useEffect, useLayoutEffect, useRef } from 'react';

import type { ChatMessage, Person } from '@/api/types';
import { useUser } from '@/auth/useAuth';
import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import { usePeople } from '../queries';
import { atLeast } from '../roles';
import classes from './Chat.module.css';
import { formatDay, sameDay } from './days';
import { MessageRow } from './MessageRow';
import { SystemRow } from './SystemRow';

/** Messages of one person within this time (ms) stand under one name. */
const TOGETHER = 5 * 60_000;
/** This near (px) to the end counts as being there, and to the start as wanting more. */
const NEAR = 60;

/** The chat, oldest first. Stays at the end when one is there, and in place when older messages come. */
export function MessageList({ shown }: { shown: boolean }) {
  const { room, session, role } = useWorkspace();
  const { items, older, unread } = useStore(room.chat.state);
  const people: readonly Person[] = usePeople(session.id).data?.map(({ user }) => user) ?? [];
  const me = useUser().id;
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const before = useRef({ first: '', height: 0 });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !shown) return;
    const first = items[0]?.id ?? '';
    const grownAbove = before.current.first !== '' && first !== before.current.first;
    if (atEnd.current) element.scrollTop = element.scrollHeight;
    else if (grownAbove) element.scrollTop += element.scrollHeight - before.current.height;
    before.current = { first, height: element.scrollHeight };
  }, [items, shown]);

  useEffect(() => {
    const read = () => {
      if (shown && atEnd.current && document.visibilityState === 'visible') void room.chat.markRead();
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [shown, items, unread, room]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (element.scrollTop < NEAR) void room.chat.loadOlder();
    if (atEnd.current) void room.chat.markRead();
  };
  return (
    // Focusable, so that the keyboard scrolls it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={classes.scroll} onScroll={onScroll} tabIndex={0} role="group" aria-label="Messages">
      {older !== null && (
        <Button variant="subtle" size="compact-xs" fullWidth onClick={() => void room.chat.loadOlder()}>
          Older messages
        </Button>
      )}
      {items.length === 0 && (
        <Text c="dimmed" size="sm" ta="center" py="md">
          Nothing was said yet.
        </Text>
      )}
      <ol className={classes.list}>
        {items.map((message, index) => {
          const last = items[index - 1];
          return (
            <Fragment key={message.id}>
              {(!last || !sameDay(new Date(last.created_at), new Date(message.created_at))) && (
                <li className={classes.day}>
                  <span>{formatDay(message.created_at)}</span>
                </li>
              )}
              {message.kind === 'system' ? (
                <SystemRow message={message} />
              ) : (
                <MessageRow
                  message={message}
                  continues={continues(last, message)}
                  people={people}
                  me={me}
                  moderates={atLeast(role, 'admin')}
                  writes={role !== null}
                />
              )}
            </Fragment>
          );
        })}
      </ol>
    </div>
  );
}

function continues(last: ChatMessage | undefined, message: ChatMessage): boolean {
  if (last?.kind !== 'text' || last.author.id !== message.author.id) return false;
  const [before, now] = [new Date(last.created_at), new Date(message.created_at)];
  return sameDay(before, now) && now.getTime() - before.getTime() < TOGETHER;
}
