import { Button, Tooltip } from '@mantine/core';
import { IconPlayerPlayFilled, IconPlayerStopFilled } from '@tabler/icons-react';

import { useWorkspace } from '../context';

const MAC = /Mac|iP(hone|ad)/u.test(navigator.userAgent);

/** Runs the program; while it runs, stops it. */
export function RunButton() {
  const { runner } = useWorkspace();
  if (runner.state === 'running') {
    return (
      <Button
        data-testid="run-button"
        size="xs"
        color="red.9"
        leftSection={<IconPlayerStopFilled size={14} />}
        onClick={runner.stop}
        disabled={runner.blocked !== null}
      >
        Stop
      </Button>
    );
  }
  return (
    <Tooltip label={runner.blocked ?? `Run (${MAC ? '⌘' : 'Ctrl'}+Enter)`} multiline maw={280}>
      <Button
        data-testid="run-button"
        size="xs"
        color="run"
        leftSection={<IconPlayerPlayFilled size={14} />}
        loading={runner.state === 'starting'}
        {...(runner.blocked !== null && { 'data-disabled': true })}
        aria-disabled={runner.blocked !== null}
        onClick={runner.run}
      >
        Run
      </Button>
    </Tooltip>
  );
}
