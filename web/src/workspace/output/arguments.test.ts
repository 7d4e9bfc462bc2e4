import { expect, it } from 'vitest';

import { parseArguments } from './arguments';

it.each([
  ['', []],
  ['  ', []],
  ['a  b', ['a', 'b']],
  [`'one two' "three four"`, ['one two', 'three four']],
  [`a"b c"d`, ['ab cd']],
  [`''`, ['']],
  [String.raw`a\ b \"c "\"d\\"`, ['a b', '"c', '"d\\']],
  [String.raw`'a\b'`, [String.raw`a\b`]],
  ['$HOME *', ['$HOME', '*']],
])('splits %j', (line, args) => {
  expect(parseArguments(line)).toEqual({ args });
});

it.each([`'a`, `"a`, 'a\\'])('says what is missing in %j', (line) => {
  expect(parseArguments(line)).toHaveProperty('problem');
});
