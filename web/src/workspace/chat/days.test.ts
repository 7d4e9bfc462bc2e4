import { expect, it } from 'vitest';

import { formatDay } from './days';

const now = new Date(2026, 2, 1, 0, 30);

it('days are told as people tell them', () => {
  const ago = (...parts: [number, number, number, number, number]) => formatDay(new Date(...parts).toISOString(), now);
  expect(ago(2026, 2, 1, 0, 0)).toBe('Today');
  expect(ago(2026, 1, 28, 23, 59)).toBe('Yesterday');
  expect(ago(2026, 1, 27, 23, 59)).toBe('Friday, February 27, 2026');
});
