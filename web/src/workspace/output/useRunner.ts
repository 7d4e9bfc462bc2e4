import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { Language, Role, Session, TerminalSize } from '@/api/types';
import type { Store } from '@/lib/store';

import { entryFile } from '../files/entry';
import { type FileEntry, MAX_FILES, sources } from '../files/files';
import { keys, useLanguages } from '../queries';
import { atLeast } from '../roles';
import type { Room } from '../sync/room';
import { parseArguments } from './arguments';
import { type Inputs, openInputs } from './inputs';
import { lastSize } from './live/size';
import { useLatestRun } from './useLatestRun';

/** Running the session's program, and which run is looked at. */
export interface Runner {
  /** The session's newest run. */
  latestId: string | null;
  /** The run that is shown: the newest, unless another was chosen since. */
  shownId: string | null;
  choose: (id: string) => void;
  state: 'idle' | 'starting' | 'running';
  /** Why it cannot be run now. */
  blocked: string | null;
  /** How often it was run from here. */
  runs: number;
  run: () => void;
  stop: () => void;
  inputs: Store<Inputs>;
}

interface Given {
  session: Session;
  room: Room;
  role: Role | null;
  files: FileEntry[];
  open: FileEntry | null;
}

export function useRunner({ session, room, role, files, open }: Given): Runner {
  const languages = useLanguages();
  const language = languages.data?.find(({ id }) => id === session.language);
  const latest = useLatestRun(room, session.id);
  const [inputs] = useState(() => openInputs(session.id));
  const [runs, setRuns] = useState(0);
  // A choice holds until there is a newer run, which is what everybody then wants to see.
  const [choice, setChoice] = useState<{ id: string; latestId: string | null } | null>(null);
  const start = useStart(session.id);
  const stop = useStop();

  const latestId = latest?.id ?? null;
  const paths = files.map(({ path }) => path);
  const entry = language ? entryFile(paths, language, open?.path ?? null) : null;
  const blocked = whyBlocked(role, files, language, entry, languages.isPending);
  const running = latest !== null && !latest.finished;
  const { mutate, isPending } = start;
  const { mutate: cancel } = stop;

  const run = useCallback(() => {
    if (blocked !== null) return warn(blocked);
    if (isPending || running || entry === null) return;
    const { stdin, args: line, interactive } = inputs.get();
    const parsed = parseArguments(line);
    if ('problem' in parsed) return warn(`Arguments: ${parsed.problem}`);
    setRuns((count) => count + 1);
    mutate({
      language: session.language,
      files: sources(room.doc),
      entry,
      stdin,
      args: parsed.args,
      session_id: session.id,
      ...(interactive && { pty: lastSize.get() }),
    });
  }, [blocked, isPending, running, entry, inputs, mutate, session.language, session.id, room]);

  return useMemo<Runner>(
    () => ({
      latestId,
      shownId: choice?.latestId === latestId ? choice.id : latestId,
      choose: (id) => setChoice({ id, latestId }),
      state: isPending ? 'starting' : running ? 'running' : 'idle',
      blocked,
      runs,
      run,
      stop: () => latestId !== null && cancel(latestId),
      inputs,
    }),
    [latestId, choice, isPending, running, blocked, runs, run, cancel, inputs],
  );
}

function whyBlocked(
  role: Role | null,
  files: FileEntry[],
  language: Language | undefined,
  entry: string | null,
  loading: boolean,
): string | null {
  if (!atLeast(role, 'editor')) return 'Viewers cannot run: ask for the editor role.';
  if (loading) return 'One moment: the languages are still loading.';
  if (!language) return 'This server cannot run the session’s language: choose another.';
  if (files.length > MAX_FILES) return `A run takes at most ${MAX_FILES} files.`;
  if (entry === null) return `There is no ${language.name} file to run, such as ${language.source_name}.`;
  return files.find(({ trouble }) => trouble)?.trouble ?? null;
}

interface StartRequest {
  language: string;
  files: { path: string; content: string }[];
  entry: string;
  stdin: string;
  args: string[];
  session_id: string;
  pty?: TerminalSize;
}

function useStart(sessionId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: StartRequest) => unwrap(api.POST('/api/v1/executions', { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.runs(sessionId) }),
    onError: (error) => warn(describe(error)),
  });
}

function useStop() {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE('/api/v1/executions/{id}', { params: { path: { id } } })),
    onError: (error) => warn(describe(error)),
  });
}

function warn(message: string): void {
  notifications.show({ color: 'red', message, role: 'alert' });
}
