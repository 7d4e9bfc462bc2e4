import { expect, test } from 'vitest';

import { Clock, formatClock, lastUpTo, LONGEST_PAUSE } from './clock';

test('long pauses are cut short, and both ways agree', () => {
  const clock = new Clock([1_000, 2_000, 3_600_000, 3_600_500]);
  expect(clock.length).toBe(1_000 + LONGEST_PAUSE + 500);
  expect(clock.toPlayed(2_000)).toBe(1_000);
  expect(clock.toPlayed(3_600_000)).toBe(1_000 + LONGEST_PAUSE);
  for (const real of [1_000, 1_500, 2_000, 1_801_000, 3_600_500]) {
    expect(clock.toReal(clock.toPlayed(real))).toBeCloseTo(real, 3);
  }
});

test('what is outside is the nearest end', () => {
  const clock = new Clock([500, 700]);
  expect(clock.toPlayed(0)).toBe(0);
  expect(clock.toPlayed(9_000)).toBe(200);
  expect(clock.toReal(-1)).toBe(500);
  expect(clock.toReal(1_000)).toBe(700);
});

test('moments at one time do not divide by nothing', () => {
  const clock = new Clock([5, 5, 5]);
  expect(clock.length).toBe(0);
  expect(clock.toPlayed(5)).toBe(0);
});

test('searching finds the last item up to a value', () => {
  expect(lastUpTo([], 1)).toBe(-1);
  expect(lastUpTo([1, 2, 2, 3], 2)).toBe(2);
  expect(lastUpTo([1, 2], 0)).toBe(-1);
});

test('times are read like a clock', () => {
  expect(formatClock(0)).toBe('0:00');
  expect(formatClock(65_900)).toBe('1:05');
  expect(formatClock(3_845_000)).toBe('1:04:05');
});
