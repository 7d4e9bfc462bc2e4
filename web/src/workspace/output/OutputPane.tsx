import { Center, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';

import { Waiting } from '@/ui/Waiting';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import { InputFields } from './InputFields';
import { InputLine } from './live/InputLine';
import classes from './Output.module.css';
import { OutputText } from './OutputText';
import { RunHead } from './RunHead';
import { type ShownRun, useShownRun } from './useShownRun';

// The terminal is as large as the rest of this page's script, and most runs have none.
const TerminalView = lazy(() => import('./live/TerminalView'));

/** The run that is looked at, as it streams, and what the next one is given. */
export function OutputPane() {
  const { room, runner, role } = useWorkspace();
  const run = useShownRun(room, runner.shownId);
  const open = run?.head.interactive === true && run.status !== 'finished';
  const typing = open && atLeast(role, 'editor');
  return (
    <section className={classes.pane} aria-label="Output">
      {run ? (
        <>
          <RunHead run={run} older={runner.shownId !== runner.latestId} />
          <Output key={run.head.id} run={run} typing={typing} />
        </>
      ) : (
        <Center flex={1} p="md" data-testid="output">
          <Text c="dimmed" size="sm">
            Press Run: everybody here sees the output.
          </Text>
        </Center>
      )}
      {!typing && <InputFields />}
    </section>
  );
}

function Output({ run, typing }: { run: ShownRun; typing: boolean }) {
  if (run.head.pty) {
    return (
      <Suspense fallback={<Waiting message="Loading the terminal…" />}>
        <TerminalView run={run} typing={typing} />
      </Suspense>
    );
  }
  return (
    <>
      <OutputText run={run} />
      {typing && <InputLine runId={run.head.id} />}
    </>
  );
}
