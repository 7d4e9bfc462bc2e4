import { Text } from '@mantine/core';

import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import classes from './Chat.module.css';
import { Composer } from './Composer';
import { MessageList } from './MessageList';

/** The conversation, and where one takes part in it. */
export function ChatView({ shown }: { shown: boolean }) {
  const { role } = useWorkspace();
  return (
    <>
      <MessageList shown={shown} />
      <Typists />
      {role === null ? (
        <Text size="sm" c="dimmed" p="sm">
          Join the session to write here.
        </Text>
      ) : (
        <Composer />
      )}
    </>
  );
}

function Typists() {
  const { room } = useWorkspace();
  const typists = useStore(room.chat.typists);
  const names = typists.map(({ person }) => person.display_name);
  return (
    <p className={classes.typing} data-testid="typing">
      {names.length === 1 && `${names[0] ?? ''} is typing…`}
      {names.length === 2 && `${names.join(' and ')} are typing…`}
      {names.length > 2 && `${names.length} people are typing…`}
    </p>
  );
}
