import { Alert, Button, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import type { Notes } from '@/api/types';
import { formatAgo } from '@/lib/format';
import { useChange } from '@/lib/useChange';
import { Waiting } from '@/ui/Waiting';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import classes from './Chat.module.css';

/** After the last key, notes are stored this much later (ms). */
const SETTLE = 800;

/** What the owner and admins write for themselves; nobody else receives it. */
export function NotesView() {
  const { session } = useWorkspace();
  const id = session.id;
  const notes = useQuery({
    queryKey: keys.notes(id),
    queryFn: () => unwrap(api.GET('/api/v1/sessions/{id}/notes', { params: { path: { id } } })),
  });
  if (notes.isPending) return <Waiting />;
  if (!notes.data) {
    return (
      <Alert color="red" variant="light">
        {describe(notes.error)}
      </Alert>
    );
  }
  return <NotesField id={id} stored={notes.data} />;
}

function NotesField({ id, stored }: { id: string; stored: Notes }) {
  const [draft, setDraft] = useState<string | null>(null);
  // The version that the draft began from, which is not the stored one once somebody else has written.
  const [base, setBase] = useState(stored.version);
  const save = useSave(id, base, (saved, now) => {
    setBase(now.version);
    setDraft((current) => (current === saved ? null : current));
  });
  // Without a draft, what is stored is what is shown.
  useChange(stored.version, () => draft === null && setBase(stored.version));
  const conflict = save.error instanceof Problem && save.error.status === 409;
  const { mutate, isPending } = save;
  const unsaved = draft !== null && draft !== stored.text;
  const blocked = conflict || isPending;
  const latest = useRef<() => void>(() => undefined);
  useEffect(() => {
    latest.current = () => {
      if (unsaved && !blocked) mutate(draft);
    };
    if (!unsaved || blocked) return;
    const timer = setTimeout(() => mutate(draft), SETTLE);
    return () => clearTimeout(timer);
  }, [draft, unsaved, blocked, mutate]);
  useEffect(() => () => latest.current(), []);

  const resolve = (keep: boolean) => {
    setBase(stored.version);
    if (!keep) setDraft(null);
    save.reset();
  };
  return (
    <div className={classes.notes}>
      <Textarea
        label="Private notes"
        description="Only the owner and admins see these."
        classNames={{ root: classes.notesField, wrapper: classes.notesWrapper, input: classes.notesInput }}
        value={draft ?? stored.text}
        onChange={(event) => setDraft(event.currentTarget.value)}
        error={save.error && !conflict ? describe(save.error) : null}
      />
      {conflict && (
        <Alert
          color="orange"
          variant="light"
          title={`${stored.updated_by?.display_name ?? 'Somebody'} changed the notes meanwhile`}
        >
          <Button size="compact-xs" onClick={() => resolve(true)} mr={6}>
            Keep mine
          </Button>
          <Button size="compact-xs" variant="default" onClick={() => resolve(false)}>
            Take theirs
          </Button>
        </Alert>
      )}
      <Text size="xs" c="dimmed" data-testid="notes-state">
        {unsaved ? 'Saving…' : state(stored)}
      </Text>
    </div>
  );
}

function state({ updated_by: by, updated_at: at }: Notes): string {
  return by && at ? `Saved, by ${by.display_name} ${formatAgo(at)}` : 'Nothing written yet';
}

function useSave(id: string, version: number, onSaved: (text: string, now: Notes) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (text: string) =>
      unwrap(api.PUT('/api/v1/sessions/{id}/notes', { params: { path: { id } }, body: { text, version } })),
    onSuccess: (now, text) => {
      client.setQueryData(keys.notes(id), now);
      onSaved(text, now);
    },
    // On a conflict, what the others wrote is shown beside the question.
    onError: () => client.invalidateQueries({ queryKey: keys.notes(id) }),
  });
}
