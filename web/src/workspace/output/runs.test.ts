import { describe, expect, it } from 'vitest';

import type { ExecutionHead, RunEvent, Stream } from '@/api/types';

import { applyEvents, decode, MAX_OUTPUT, MAX_RUNS, NO_RUNS, type Numbered, type Runs } from './runs';

function head(id: string, more: Partial<ExecutionHead> = {}): ExecutionHead {
  return { id, language: 'python', status: 'queued', outcome: null, exit_code: null, ...more } as ExecutionHead;
}

const started = (id: string): RunEvent => ({ type: 'execution.started', execution: head(id) });
const status = (id: string, status: 'compiling' | 'running'): RunEvent => ({
  type: 'execution.status',
  execution_id: id,
  status,
});
const output = (id: string, stream: Stream, data: string): RunEvent => ({
  type: 'execution.output',
  execution_id: id,
  stream,
  data,
});
const finished = (id: string): RunEvent => ({
  type: 'execution.finished',
  execution: head(id, { status: 'finished', outcome: 'ok', exit_code: 0 }),
});

function numbered(events: RunEvent[], from = 1): Numbered[] {
  return events.map((event, index) => ({ seq: from + index, event }));
}

function only({ runs }: Runs) {
  expect(runs).toHaveLength(1);
  const run = runs[0];
  if (!run) throw new Error('there is one run');
  return run;
}

describe('the events of runs', () => {
  it('become a run with its output in order', () => {
    const events = [
      started('1'),
      status('1', 'running'),
      output('1', 'stdout', 'a'),
      output('1', 'stdout', 'b'),
      output('1', 'stderr', 'c'),
      finished('1'),
    ];
    const run = only(applyEvents(NO_RUNS, numbered(events)));
    expect(run.chunks).toEqual([
      { stream: 'stdout', text: 'ab' },
      { stream: 'stderr', text: 'c' },
    ]);
    expect(run).toMatchObject({
      status: 'finished',
      whole: true,
      trimmed: false,
      head: { outcome: 'ok', exit_code: 0 },
    });
  });

  it('count once, however often they come', () => {
    const events = numbered([started('1'), output('1', 'stdout', 'a'), output('1', 'stdout', 'b')]);
    const once = applyEvents(NO_RUNS, events);
    expect(applyEvents(once, events)).toBe(once);
    const more = applyEvents(once, [...events, ...numbered([output('1', 'stdout', 'c')], 4)]);
    expect(only(more).chunks).toEqual([{ stream: 'stdout', text: 'abc' }]);
    expect(more.seq).toBe(4);
  });

  it('are the same in one batch and one by one', () => {
    const events = numbered([
      started('1'),
      started('2'),
      output('2', 'stdout', 'x'),
      output('1', 'stderr', 'y'),
      finished('2'),
    ]);
    const oneByOne = events.reduce((state, event) => applyEvents(state, [event]), NO_RUNS);
    expect(oneByOne).toEqual(applyEvents(NO_RUNS, events));
  });

  it('leave the state before them as it was', () => {
    const before = applyEvents(NO_RUNS, numbered([started('1'), output('1', 'stdout', 'a')]));
    applyEvents(before, numbered([output('1', 'stdout', 'b'), finished('1')], 3));
    expect(only(before)).toMatchObject({ status: 'queued', chunks: [{ text: 'a' }] });
  });

  it('whose start is missing make a run that is known to be incomplete', () => {
    expect(only(applyEvents(NO_RUNS, numbered([output('1', 'stdout', 'end'), finished('1')])))).toMatchObject({
      whole: false,
      status: 'finished',
      chunks: [{ text: 'end' }],
    });
  });

  it('keep the end of a flood', () => {
    const half = 'x'.repeat(MAX_OUTPUT / 2);
    const events = [
      started('1'),
      output('1', 'stdout', `first${half}`),
      output('1', 'stderr', half),
      output('1', 'stdout', 'last'),
    ];
    const run = only(applyEvents(NO_RUNS, numbered(events)));
    expect(run.trimmed).toBe(true);
    expect(run.chunks.reduce((sum, { text }) => sum + text.length, 0)).toBe(MAX_OUTPUT);
    expect(run.chunks.at(-1)?.text).toBe('last');
  });

  it('keep a bounded number of runs', () => {
    const events = Array.from({ length: MAX_RUNS + 5 }, (_, index) => started(String(index)));
    const { runs } = applyEvents(NO_RUNS, numbered(events));
    expect(runs.map(({ id }) => id)).toEqual(Array.from({ length: MAX_RUNS }, (_, index) => String(index + 5)));
  });
});

describe('output', () => {
  it('that is not text shows as replacement characters', () => {
    expect(decode('aGk=', 'base64')).toBe('hi');
    expect(decode('/w==', 'base64')).toBe('\u{fffd}');
    expect(decode('aGk=', undefined)).toBe('aGk=');
  });
});
