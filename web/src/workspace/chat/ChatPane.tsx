import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';

import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import classes from './Chat.module.css';
import { ChatView } from './ChatView';
import { NotesView } from './NotesView';

const VIEWS = [
  { value: 'chat', label: 'Everybody' },
  { value: 'notes', label: 'Private notes' },
];

/** The chat and, for the owner and admins, their notes. `shown` says whether one sees it. */
export function ChatPane({ shown }: { shown: boolean }) {
  const { role } = useWorkspace();
  const [view, setView] = useState('chat');
  const admin = atLeast(role, 'admin');
  const notes = admin && view === 'notes';
  return (
    <section className={classes.pane} aria-label="Chat">
      {admin && <SegmentedControl size="xs" className={classes.switch} data={VIEWS} value={view} onChange={setView} />}
      {notes ? <NotesView /> : <ChatView shown={shown} />}
    </section>
  );
}

/** The tab's name with what is unread. */
export function ChatLabel() {
  const { room } = useWorkspace();
  const { unread } = useStore(room.chat.state);
  const { messages = 0, mentions = 0 } = unread ?? {};
  if (messages === 0) return <>Chat</>;
  const count = messages >= 1000 ? '999+' : String(messages);
  const says = `${count} unread${mentions > 0 ? `, ${mentions} for you` : ''}`;
  return (
    <>
      Chat{' '}
      <span className={classes.badge} data-mention={mentions > 0 || undefined} data-testid="unread">
        <span aria-hidden>
          {mentions > 0 && '@'}
          {count}
        </span>
        <span className="cc-visually-hidden">({says})</span>
      </span>
    </>
  );
}

/** Reads out what comes, wherever one is in the session. */
export function ChatVoice() {
  const { room } = useWorkspace();
  const latest = useStore(room.chat.latest);
  return (
    <div className="cc-visually-hidden" role="log" aria-live="polite" aria-label="New messages">
      {latest}
    </div>
  );
}
