import { describe, expect, it } from 'vitest';

import { collide, extension, newPathProblem, pathProblem } from './path';

describe('a path', () => {
  it.each(['main.py', 'src/lib.rs', 'données/été.txt', '.env', 'a b.c', 'x'.repeat(255), 'a/'.repeat(7) + 'b'])(
    'passes: %s',
    (path) => expect(pathProblem(path)).toBeNull(),
  );

  it.each([
    '',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    './a',
    'a/',
    'a\0b',
    'a\\b',
    'a\nb',
    '-rf',
    '@/-x',
    'x'.repeat(256),
    'é'.repeat(128),
    'a/'.repeat(8) + 'b',
  ])('fails: %j', (path) => expect(pathProblem(path)).not.toBeNull());

  it('must not collide with another', () => {
    expect(collide('a.py', 'A.PY')).toBe(true);
    expect(collide('a', 'a/b')).toBe(true);
    expect(collide('a/b', 'a')).toBe(true);
    expect(collide('a', 'ab')).toBe(false);
    expect(newPathProblem('Main.py', ['x.py', 'main.py'])).toBe('There is main.py already.');
    expect(newPathProblem('other.py', ['main.py'])).toBeNull();
  });

  it('has an extension, or none', () => {
    expect(extension('src/Main.JAVA')).toBe('java');
    expect(extension('a.b/Makefile')).toBe('');
  });
});
