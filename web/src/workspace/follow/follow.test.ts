import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { SessionEvent, SessionEventKind, SessionInput } from '@/api/types';

import { Follow } from './follow';

const ada = { id: 'a', username: 'ada', display_name: 'Ada', color: '#1f6feb' };
const view = (file_id: string, top_line: number) => ({ file_id, top_line, bottom_line: top_line + 9 });
const event = (kind: SessionEventKind): SessionEvent => Object.assign(kind, { at: '2026-01-01T00:00:00Z', by: ada });
const looks = (file: string, line: number) => event({ type: 'presence.viewport', ...view(file, line) });

let sent: SessionInput[];
let follow: Follow;
beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  follow = new Follow((input) => sent.push(input));
});
afterEach(() => vi.useRealTimers());

it('goes where the leader already is, and then with them', () => {
  follow.onHello([{ user: ada, viewport: view('f', 5) }]);
  expect(follow.target.get()).toBeNull();
  follow.start(ada);
  expect(follow.target.get()).toEqual({ fileId: 'f', line: 5, how: 'top' });
  follow.onEvent(looks('g', 7));
  expect(follow.target.get()).toEqual({ fileId: 'g', line: 7, how: 'top' });
  follow.stop();
  follow.onEvent(looks('h', 1));
  expect(follow.target.get()?.fileId).toBe('g');
});

it('ends when the leader leaves', () => {
  follow.start(ada);
  follow.onEvent(event({ type: 'presence.left', user_id: 'a' }));
  expect(follow.leader.get()).toBeNull();
});

it('tells the last of many views, and nothing twice', () => {
  for (const line of [1, 2, 3]) follow.report(view('f', line));
  vi.runAllTimers();
  follow.report(view('f', 3));
  vi.runAllTimers();
  expect(sent).toEqual([{ type: 'presence.viewport', ...view('f', 3) }]);
});

it('a gathering can be taken back, to where one was before the first of several', () => {
  follow.report(view('f', 3));
  follow.onEvent(event({ type: 'follow.gather', file_id: 'g', line: 40 }));
  expect(follow.target.get()).toEqual({ fileId: 'g', line: 40, how: 'shown' });
  follow.report(view('g', 35));
  follow.onEvent(event({ type: 'follow.gather', file_id: 'g', line: 80 }));
  follow.goBack();
  expect(follow.target.get()).toEqual({ fileId: 'f', line: 3, how: 'top' });
  expect(follow.gathering.get()).toBeNull();
});

it('gathers at the cursor where it is in view', () => {
  follow.gather();
  follow.report(view('f', 3));
  for (const line of [5, 50, 2]) {
    follow.point(line);
    follow.gather();
  }
  const places = sent.filter(({ type }) => type === 'follow.gather').map((input) => 'line' in input && input.line);
  expect(places).toEqual([5, 3, 3]);
});
