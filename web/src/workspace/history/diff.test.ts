import { expect, test } from 'vitest';

import { parseDiff } from './diff';

test('lines are told apart by their marks, headers left out', () => {
  const diff = '--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n--- old\n+++ new\n\\ No newline at end of file\n';
  expect(parseDiff(diff).map(({ kind }) => kind)).toEqual(['place', 'same', 'removed', 'added', 'place']);
});

test('an empty diff has no lines', () => {
  expect(parseDiff('')).toEqual([]);
});
