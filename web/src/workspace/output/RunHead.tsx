import { Badge, Loader, Text } from '@mantine/core';

import { formatAgo, formatBytes, formatDuration } from '@/lib/format';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { useLanguages } from '../queries';
import classes from './Output.module.css';
import { verdict } from './outcome';
import type { ShownRun } from './useShownRun';

interface Props {
  run: ShownRun;
  /** Whether there is a newer run. */
  older: boolean;
}

/** Who ran it, how it goes or went, and what it used. */
export function RunHead({ run, older }: Props) {
  const { head, status, detail } = run;
  const language = useLanguages().data?.find(({ id }) => id === head.language)?.name ?? head.language;
  const { label, color } = verdict(status, head.outcome, head.message);
  return (
    <div className={classes.head}>
      <span aria-hidden>
        <PersonAvatar name={head.user.display_name} color={head.user.color} size={22} />
      </span>
      <Text span size="sm" data-testid="run-by">
        <b>{head.user.display_name}</b> ran {language}
        <Text span c="dimmed" size="xs">
          {' '}
          {older && 'earlier, '}
          {formatAgo(head.created_at)}
        </Text>
      </Text>
      <Badge
        color={color}
        variant="light"
        tt="none"
        ml="auto"
        leftSection={status === 'finished' ? null : <Loader size={10} color={color} />}
        role="status"
        data-testid="run-status"
      >
        {label}
      </Badge>
      {status === 'finished' && <Figures run={run} />}
      {head.message && detail && (
        <Text size="xs" w="100%">
          {head.message}
        </Text>
      )}
    </div>
  );
}

function Figures({ run: { head, detail } }: { run: ShownRun }) {
  const usage = detail?.run?.usage ?? detail?.compile?.usage;
  const figures: [string, string][] = [];
  if (typeof head.exit_code === 'number') figures.push(['Exit code', String(head.exit_code)]);
  if (detail?.run?.signal) figures.push(['Signal', detail.run.signal]);
  if (usage) {
    figures.push(['Time', formatDuration(usage.wall_ms)]);
    figures.push(['Processor', formatDuration(usage.cpu_ms)]);
    figures.push(['Memory', formatBytes(usage.memory_bytes)]);
  }
  if (detail?.run && detail.compile)
    figures.push(['Compile', compileTime(detail.cached, detail.compile.usage.wall_ms)]);
  if (figures.length === 0) return null;
  return (
    <dl className={classes.figures}>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function compileTime(cached: boolean, ms: number): string {
  return cached ? 'kept from before' : formatDuration(ms);
}
