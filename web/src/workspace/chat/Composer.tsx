import { ActionIcon, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { type KeyboardEvent, useId, useRef, useState } from 'react';

import type { Person } from '@/api/types';
import { useUser } from '@/auth/useAuth';

import { useWorkspace } from '../context';
import { usePeople } from '../queries';
import classes from './Chat.module.css';
import { candidates, complete, type Naming, namingAt } from './mention';
import { NameList } from './NameList';
import { useChatActions } from './useChatActions';

/** Longest message, in bytes, as the server has it. */
const MAX_BYTES = 4096;

/** Where one writes: Enter sends, Shift+Enter begins a line, `@` offers names. */
export function Composer() {
  const { room, session } = useWorkspace();
  const { send } = useChatActions();
  const me = useUser().id;
  const people = usePeople(session.id).data?.map(({ user }) => user) ?? [];
  const [text, setText] = useState('');
  const [naming, setNaming] = useState<Naming | null>(null);
  const [chosen, setChosen] = useState(0);
  const area = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const others = people.filter(({ id }) => id !== me);
  const offered = naming ? candidates(others, naming.query) : [];
  const bytes = new TextEncoder().encode(text).length;
  const tooLong = bytes > MAX_BYTES ? `At most ${MAX_BYTES} bytes; this has ${bytes}.` : null;

  const change = (now: string, cursor: number) => {
    setText(now);
    setNaming(namingAt(now, cursor));
    setChosen(0);
    if (now.trim() !== '') room.chat.typing();
  };
  const choose = (person: Person) => {
    if (!naming) return;
    const done = complete(text, naming, person);
    setText(done.text);
    setNaming(null);
    requestAnimationFrame(() => area.current?.setSelectionRange(done.cursor, done.cursor));
    area.current?.focus();
  };
  const submit = () => {
    if (text.trim() === '' || tooLong) return;
    const written = text;
    // Shown again if it could not be sent and nothing else was written meanwhile.
    send.mutate(
      { text, nonce: crypto.getRandomValues(new Uint32Array(4)).join('-') },
      { onError: () => setText((now) => (now === '' ? written : now)) },
    );
    setText('');
    setNaming(null);
    room.chat.sent();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const person = offered[chosen];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (person && step !== undefined) setChosen((chosen + step + offered.length) % offered.length);
    else if (person && (event.key === 'Enter' || event.key === 'Tab')) choose(person);
    else if (naming && event.key === 'Escape') setNaming(null);
    else if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey) submit();
    else return;
    event.preventDefault();
  };
  return (
    <div className={classes.composer}>
      <NameList id={listId} people={offered} chosen={chosen} onChoose={choose} />
      <Textarea
        ref={area}
        aria-label="Message"
        aria-autocomplete="list"
        aria-controls={offered.length > 0 ? listId : undefined}
        aria-activedescendant={offered.length > 0 ? `${listId}-${chosen}` : undefined}
        placeholder="Message"
        autosize
        maxRows={8}
        size="sm"
        flex={1}
        error={tooLong}
        value={text}
        onChange={(event) => change(event.currentTarget.value, event.currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onBlur={() => setNaming(null)}
      />
      <ActionIcon
        aria-label="Send"
        size={36}
        variant="filled"
        color="ink"
        disabled={text.trim() === '' || tooLong !== null}
        onClick={submit}
      >
        <IconSend2 size={18} />
      </ActionIcon>
    </div>
  );
}
