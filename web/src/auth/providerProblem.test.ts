import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { providerProblem } from './providerProblem';

const OTHER = providerProblem('nonsense');

test('every word that the server knows is told in words of its own', () => {
  const source = readFileSync('../crates/codecrafter-server/src/sso/problem.rs', 'utf8');
  const words = [...source.matchAll(/Self::\w+ => "([a-z_]+)"/g)].map(([, word]) => word ?? '');
  expect(words.length).toBeGreaterThan(10);
  for (const word of words.filter((one) => one !== 'unavailable')) {
    expect(providerProblem(word), word).not.toBe(OTHER);
  }
});

test('nothing of the address is shown', () => {
  for (const word of ['<b>', 'constructor', '__proto__', '']) expect(providerProblem(word)).toBe(OTHER);
  expect(providerProblem(null)).toBeNull();
});
