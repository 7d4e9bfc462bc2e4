import type { Outcome, Status } from '@/api/types';

/** How a run's state is said and coloured. */
export interface Verdict {
  label: string;
  color: string;
}

const STATUSES: Record<Exclude<Status, 'finished'>, Verdict> = {
  queued: { label: 'Queued', color: 'gray' },
  compiling: { label: 'Compiling', color: 'blue' },
  running: { label: 'Running', color: 'blue' },
};

const OUTCOMES: Record<Outcome, Verdict> = {
  ok: { label: 'Finished', color: 'teal' },
  runtime_error: { label: 'Failed', color: 'red' },
  signalled: { label: 'Crashed', color: 'red' },
  compile_error: { label: 'Does not compile', color: 'red' },
  cpu_limit: { label: 'Processor time limit', color: 'orange' },
  wall_limit: { label: 'Time limit', color: 'orange' },
  memory_limit: { label: 'Memory limit', color: 'orange' },
  output_limit: { label: 'Output limit', color: 'orange' },
  cancelled: { label: 'Stopped', color: 'gray' },
  internal_error: { label: 'Server error', color: 'red' },
};

/** Signals that come from people, as by Ctrl+C, and not from a fault of the program. */
const FROM_PEOPLE = /\bSIG(INT|TERM|QUIT|HUP)\b/u;

/** What is said of a run: where it is or, once finished, how it ended, about which `message` says more. */
export function verdict(
  status: Status,
  outcome: Outcome | null | undefined,
  message: string | null | undefined,
): Verdict {
  if (status !== 'finished') return STATUSES[status];
  if (outcome === 'signalled' && FROM_PEOPLE.test(message ?? '')) return { label: 'Interrupted', color: 'gray' };
  return outcome ? OUTCOMES[outcome] : { label: 'Finished', color: 'gray' };
}
