import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { QUIET, SaveTracker, SETTLE } from './saves';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function online(): SaveTracker {
  const saves = new SaveTracker();
  saves.setSynced(true);
  return saves;
}

it('an edit is unsaved until the server says so', () => {
  const saves = online();
  expect(saves.state.get()).toBe('saved');
  saves.edited();
  expect(saves.state.get()).toBe('saving');
  vi.advanceTimersByTime(SETTLE * 100);
  expect(saves.state.get()).toBe('saving');
  saves.saved();
  expect(saves.state.get()).toBe('saved');
});

it('a word that may be about earlier edits waits, and an edit meanwhile voids it', () => {
  const saves = online();
  saves.edited();
  saves.saved();
  expect(saves.state.get()).toBe('saving');
  vi.advanceTimersByTime(SETTLE / 2);
  saves.edited();
  vi.advanceTimersByTime(SETTLE * 10);
  expect(saves.state.get()).toBe('saving');
  saves.saved();
  expect(saves.state.get()).toBe('saved');
});

it('nothing counts as saved while the connection is lost', () => {
  const saves = online();
  saves.setSynced(false);
  saves.edited();
  saves.saved();
  vi.advanceTimersByTime(QUIET * 10);
  expect(saves.state.get()).toBe('saving');
});

it('after a reconnect, quiet means that the server had everything', () => {
  const saves = online();
  saves.edited();
  saves.setSynced(false);
  saves.setSynced(true);
  vi.advanceTimersByTime(QUIET - 1);
  expect(saves.state.get()).toBe('saving');
  vi.advanceTimersByTime(1);
  expect(saves.state.get()).toBe('saved');
});

it('a failure stays until something is stored', () => {
  const saves = online();
  saves.edited();
  saves.unsaved();
  expect(saves.state.get()).toBe('failing');
  saves.edited();
  vi.advanceTimersByTime(QUIET * 10);
  expect(saves.state.get()).toBe('failing');
  saves.saved();
  expect(saves.state.get()).toBe('saved');
});
