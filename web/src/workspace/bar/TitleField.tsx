import { Text, TextInput, VisuallyHidden } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';

import { useChange } from '@/lib/useChange';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import classes from './TopBar.module.css';
import { useUpdateSession } from './useUpdateSession';

/** The session's title, which admins change in place. */
export function TitleField() {
  const { session, role } = useWorkspace();
  const update = useUpdateSession(session.id);
  const [title, setTitle] = useState(session.title);
  useChange(session.title, () => setTitle(session.title));

  if (!atLeast(role, 'admin')) {
    return (
      <Text component="h1" fw={600} size="sm" m={0} className={classes.titleText} title={session.title}>
        {session.title}
      </Text>
    );
  }
  const commit = () => {
    const next = title.trim();
    if (next === '' || next === session.title) setTitle(session.title);
    else update.mutate({ title: next });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') event.currentTarget.blur();
    if (event.key === 'Escape') setTitle(session.title);
  };
  return (
    <>
      <VisuallyHidden component="h1">{session.title}</VisuallyHidden>
      <TextInput
        aria-label="Session title"
        className={classes.title ?? ''}
        classNames={{ input: classes.titleInput ?? '' }}
        size="sm"
        value={title}
        maxLength={120}
        onChange={(event) => setTitle(event.currentTarget.value)}
        onBlur={commit}
        onKeyDown={onKeyDown}
      />
    </>
  );
}
