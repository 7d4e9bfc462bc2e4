import { Center, Text } from '@mantine/core';

import { useWorkspace } from '../context';
import { InputFields } from './InputFields';
import classes from './Output.module.css';
import { OutputText } from './OutputText';
import { RunHead } from './RunHead';
import { useShownRun } from './useShownRun';

/** The run that is looked at, as it streams, and what the next one is given. */
export function OutputPane() {
  const { room, runner } = useWorkspace();
  const run = useShownRun(room, runner.shownId);
  return (
    <section className={classes.pane} aria-label="Output">
      {run ? (
        <>
          <RunHead run={run} older={runner.shownId !== runner.latestId} />
          <OutputText key={run.head.id} run={run} />
        </>
      ) : (
        <Center flex={1} p="md" data-testid="output">
          <Text c="dimmed" size="sm">
            Press Run: everybody here sees the output.
          </Text>
        </Center>
      )}
      <InputFields />
    </section>
  );
}
