import { Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './Live.module.css';

interface Props {
  onInterrupt: () => void;
  onEnd: () => void;
  hint?: ReactNode;
  children?: ReactNode;
}

/** What not every keyboard has: interrupting, and the end of the input. */
export function KeyBar({ onInterrupt, onEnd, hint, children }: Props) {
  return (
    <div className={classes.keys} role="group" aria-label="Input to the program">
      {children}
      {hint && (
        <Text span size="xs" c="dimmed" mr="auto">
          {hint}
        </Text>
      )}
      <Button size="compact-sm" variant="default" onClick={onInterrupt} title="Interrupt the program (Ctrl+C)">
        Interrupt
      </Button>
      <Button size="compact-sm" variant="default" onClick={onEnd} title="End of input (Ctrl+D)">
        End input
      </Button>
    </div>
  );
}
