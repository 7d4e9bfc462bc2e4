import { ActionIcon, Button, Group, Text, Textarea } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';

import type { ChatMessage, Person } from '@/api/types';
import { PersonAvatar } from '@/ui/PersonAvatar';

import classes from './Chat.module.css';
import { formatTime } from './days';
import { MessageText } from './MessageText';
import { useChatActions } from './useChatActions';

type TextMessage = Extract<ChatMessage, { kind: 'text' }>;

interface Props {
  message: TextMessage;
  /** Whether it follows another one of the same person at once. */
  continues: boolean;
  people: readonly Person[];
  me: string;
  /** Whether this user deletes what others write. */
  moderates: boolean;
  /** Whether this user may write at all. */
  writes: boolean;
}

/** What a person wrote. */
export function MessageRow({ message, continues, people, me, moderates, writes }: Props) {
  const { author, text, mentions, created_at: at, edited_at: edited, deleted_at: deleted } = message;
  const [editing, setEditing] = useState(false);
  const mine = author.id === me;
  const gone = deleted != null;
  const mentioned = people.filter(({ id }) => mentions.includes(id));
  return (
    <li
      className={classes.message}
      data-continues={continues || undefined}
      data-mentions-me={mentions.includes(me) || undefined}
      data-testid="chat-message"
    >
      <span aria-hidden className={classes.avatar}>
        {!continues && <PersonAvatar name={author.display_name} color={author.color} size={26} />}
      </span>
      <div className={classes.body}>
        <p className={continues ? 'cc-visually-hidden' : classes.byline}>
          <b>{author.display_name}</b> <time dateTime={at}>{formatTime(at)}</time>
        </p>
        {gone && (
          <Text size="sm" c="dimmed" fs="italic">
            Message deleted
          </Text>
        )}
        {!gone && editing && <Editing message={message} onDone={() => setEditing(false)} />}
        {!gone && !editing && (
          <>
            <MessageText text={text} mentioned={mentioned} me={me} />
            {edited != null && <span className={classes.edited}> (edited)</span>}
          </>
        )}
      </div>
      {!gone && !editing && writes && (mine || moderates) && (
        <Actions message={message} mine={mine} onEdit={() => setEditing(true)} />
      )}
    </li>
  );
}

function Actions({ message, mine, onEdit }: { message: TextMessage; mine: boolean; onEdit: () => void }) {
  const { remove } = useChatActions();
  const what = message.text.slice(0, 40);
  return (
    <Group gap={0} wrap="nowrap" className={classes.actions}>
      {mine && (
        <ActionIcon size="sm" aria-label={`Edit “${what}”`} onClick={onEdit}>
          <IconPencil size={14} />
        </ActionIcon>
      )}
      <ActionIcon
        size="sm"
        aria-label={`Delete “${what}”`}
        loading={remove.isPending}
        onClick={() => remove.mutate(message.id)}
      >
        <IconTrash size={14} />
      </ActionIcon>
    </Group>
  );
}

function Editing({ message, onDone }: { message: TextMessage; onDone: () => void }) {
  const [text, setText] = useState(message.text);
  const { edit } = useChatActions();
  const save = () => {
    if (text.trim() === '' || text === message.text) return onDone();
    edit.mutate({ id: message.id, text }, { onSuccess: onDone });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') onDone();
    else if (event.key === 'Enter' && !event.shiftKey) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <Textarea
        aria-label="Edit message"
        size="sm"
        autosize
        maxRows={8}
        data-autofocus
        // The user has just asked to write here.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Group gap={6} mt={4}>
        <Button size="compact-xs" loading={edit.isPending} onClick={save}>
          Save
        </Button>
        <Button size="compact-xs" variant="default" onClick={onDone}>
          Cancel
        </Button>
      </Group>
    </>
  );
}
