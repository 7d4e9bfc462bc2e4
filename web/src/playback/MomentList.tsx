import { Badge, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { IconBookmark, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';

import { useSelected } from '@/lib/store';
import { PersonAvatar } from '@/ui/PersonAvatar';
import { decode } from '@/workspace/output/runs';
import { verdict } from '@/workspace/output/outcome';
import { useExecution } from '@/workspace/queries';

import { formatClock } from './clock';
import { describeMoment } from './describe';
import type { Moment } from './moments';
import classes from './Playback.module.css';
import type { Player } from './player';

/** What happened besides edits, and the output of the latest run at this point. */
export function MomentList({ player }: { player: Player }) {
  const { moments } = player;
  const current = useSelected(player.place, ({ at }) =>
    moments.findLastIndex((moment) => player.timeOf(moment) <= at + 1),
  );
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    // Its answer, where there is one, is no clean-up.
    list.current?.children[current]?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const run = moments.slice(0, current + 1).findLast((moment) => moment.kind === 'run');
  return (
    <aside className={classes.side} aria-label="Moments">
      <ScrollArea className={classes.moments}>
        {moments.length === 0 && (
          <Text size="sm" c="dimmed" p="md">
            Nothing was run or said.
          </Text>
        )}
        <ul ref={list} className={classes.momentList}>
          {moments.map((moment, index) => (
            <li key={moment.id}>
              <UnstyledButton
                className={classes.moment}
                aria-current={index === current}
                data-future={index > current}
                onClick={() => player.seek(player.timeOf(moment))}
              >
                <Row moment={moment} at={player.timeOf(moment)} />
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </ScrollArea>
      {run && <RunOutput id={run.id} />}
    </aside>
  );
}

function Row({ moment, at }: { moment: Moment; at: number }) {
  return (
    <>
      <Text span size="xs" c="dimmed" className={classes.time}>
        {formatClock(at)}
      </Text>
      {moment.by ? (
        <span aria-hidden>
          <PersonAvatar name={moment.by.display_name} color={moment.by.color} size={20} />
        </span>
      ) : (
        <Icon kind={moment.kind} />
      )}
      <Text span size="sm" className={classes.what}>
        {describeMoment(moment)}
      </Text>
      {moment.kind === 'run' && <RunBadge moment={moment} />}
    </>
  );
}

function Icon({ kind }: { kind: Moment['kind'] }) {
  return kind === 'run' ? <IconPlayerPlay size={16} aria-hidden /> : <IconBookmark size={16} aria-hidden />;
}

function RunBadge({ moment }: { moment: Extract<Moment, { kind: 'run' }> }) {
  const { status, outcome, message } = moment.run;
  const { label, color } = verdict(status, outcome, message);
  return (
    <Badge ml="auto" variant="light" color={color} tt="none" size="sm">
      {label}
    </Badge>
  );
}

function RunOutput({ id }: { id: string }) {
  const { data } = useExecution(id, true);
  if (!data) return null;
  const { compile, run } = data;
  const compiler = compile && data.outcome === 'compile_error' ? compile.stdout + compile.stderr : '';
  const text = compiler + (run ? decode(run.stdout, run.stdout_encoding) : '');
  return (
    // A scrolling region must be reachable, or the keyboard cannot scroll it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.output} role="region" aria-label="Output of the run" tabIndex={0} data-testid="output">
      <pre>{text}</pre>
      {run && run.stderr !== '' && <pre data-stream="stderr">{decode(run.stderr, run.stderr_encoding)}</pre>}
    </div>
  );
}
