import { Switch, Textarea, TextInput } from '@mantine/core';

import { useStore } from '@/lib/store';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import { parseArguments } from './arguments';
import classes from './Output.module.css';

/** What the next run reads and gets. Each person has their own. */
export function InputFields() {
  const { runner, role } = useWorkspace();
  const { stdin, args, interactive } = useStore(runner.inputs);
  if (!atLeast(role, 'editor')) return null;
  const parsed = parseArguments(args);
  return (
    <div className={classes.inputs}>
      <Textarea
        label="Standard input"
        data-testid="stdin"
        size="xs"
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        value={stdin}
        onChange={(event) => runner.inputs.patch({ stdin: event.currentTarget.value })}
      />
      <TextInput
        label="Arguments"
        size="xs"
        placeholder='one "and two"'
        spellCheck={false}
        autoComplete="off"
        value={args}
        error={'problem' in parsed && parsed.problem}
        onChange={(event) => runner.inputs.patch({ args: event.currentTarget.value })}
      />
      <Switch
        label="Interactive"
        description="In a terminal: type while the program runs"
        size="xs"
        checked={interactive}
        onChange={(event) => runner.inputs.patch({ interactive: event.currentTarget.checked })}
      />
    </div>
  );
}
