import { expect, it } from 'vitest';

import { strength } from './strength';

it.each([
  ['', 0],
  ['aaaaaaaaaaaaaaaa', 0],
  ['12345678', 0],
  ['abcdefgh', 0],
])('%j is very weak', (password, score) => {
  expect(strength(password).score).toBe(score);
});

it('grows with length and variety', () => {
  const scores = ['horse', 'horsebat', 'horse battery', 'horse battery staple', 'Horse battery staple 7!'].map(
    (password) => strength(password).score,
  );
  expect(scores).toEqual([...scores].sort((a, b) => a - b));
  expect(scores.at(0)).toBeLessThanOrEqual(1);
  expect(scores.at(-1)).toBe(4);
});

it('takes composed and decomposed letters for the same', () => {
  expect(strength('zw\u00f6lf Boxk\u00e4mpfer')).toEqual(strength('zwo\u0308lf Boxka\u0308mpfer'));
});
