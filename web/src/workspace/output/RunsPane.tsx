import { Alert, Badge, Center, ScrollArea, Text, UnstyledButton } from '@mantine/core';

import { describe } from '@/api/problem';
import type { ExecutionHead } from '@/api/types';
import { formatAgo } from '@/lib/format';
import { useSelected } from '@/lib/store';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { useWorkspace } from '../context';
import { useRunList } from '../queries';
import classes from './Output.module.css';
import { verdict } from './outcome';
import { byId } from './useLatestRun';

interface Props {
  onChosen: () => void;
}

/** The session's runs, newest first; choosing one shows its output. */
export function RunsPane({ onChosen }: Props) {
  const { session, runner } = useWorkspace();
  const runs = useRunList(session.id);
  if (runs.isError)
    return (
      <Alert color="red" variant="light">
        {describe(runs.error)}
      </Alert>
    );
  if (runs.data?.length === 0) {
    return (
      <Center flex={1}>
        <Text c="dimmed" size="sm">
          Nothing was run yet.
        </Text>
      </Center>
    );
  }
  const choose = (id: string) => {
    runner.choose(id);
    onChosen();
  };
  return (
    <ScrollArea flex={1}>
      <ul className={classes.runs}>
        {runs.data?.map((head) => (
          <li key={head.id}>
            <RunRow head={head} shown={head.id === runner.shownId} onChoose={() => choose(head.id)} />
          </li>
        ))}
      </ul>
    </ScrollArea>
  );
}

interface RowProps {
  head: ExecutionHead;
  shown: boolean;
  onChoose: () => void;
}

function RunRow({ head, shown, onChoose }: RowProps) {
  const { room } = useWorkspace();
  const live = useSelected(room.runs, (runs) => byId(runs, head.id));
  const known = live?.head ?? head;
  const { label, color } = verdict(live?.status ?? head.status, known.outcome ?? head.outcome, known.message);
  return (
    <UnstyledButton className={classes.run} aria-current={shown} onClick={onChoose}>
      <span aria-hidden>
        <PersonAvatar name={head.user.display_name} color={head.user.color} size={22} />
      </span>
      <span>
        {head.user.display_name}{' '}
        <Text span c="dimmed" size="xs">
          {head.language}, {formatAgo(head.created_at)}
        </Text>
      </span>
      <Badge ml="auto" variant="light" color={color} tt="none">
        {label}
      </Badge>
    </UnstyledButton>
  );
}
