import { expect, it } from 'vitest';

import { candidates, complete, namingAt } from './mention';

const person = (username: string, display_name: string) => ({ id: username, username, display_name, color: '#1f6feb' });
const people = [person('ada', 'Ada Lovelace'), person('grace-2', 'Grace Hopper'), person('alan', 'Alan Turing')];

it('a name begins at the start or after a space, and ends at the cursor', () => {
  expect(namingAt('@', 1)).toEqual({ start: 0, query: '' });
  expect(namingAt('hi @Gr and more', 6)).toEqual({ start: 3, query: 'gr' });
  for (const text of ['me@ad', 'hello', '@ada ', '@@a']) expect(namingAt(text, text.length)).toBeNull();
});

it('people are found by either name', () => {
  const found = (query: string) => candidates(people, query).map(({ id }) => id);
  expect(found('')).toEqual(['ada', 'grace-2', 'alan']);
  expect(found('a')).toEqual(['ada', 'alan']);
  expect(found('hop')).toEqual(['grace-2']);
  expect(found('x')).toEqual([]);
});

it('completing puts the name and one space in place of what was typed', () => {
  const grace = people[1];
  if (!grace) throw new Error('there is a second person');
  expect(complete('hi @gr there', { start: 3, query: 'gr' }, grace)).toEqual({ text: 'hi @grace-2 there', cursor: 12 });
  expect(complete('@', { start: 0, query: '' }, grace)).toEqual({ text: '@grace-2 ', cursor: 9 });
});
