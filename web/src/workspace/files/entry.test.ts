import { expect, it } from 'vitest';

import type { Language } from '@/api/types';

import { entryFile } from './entry';

const PYTHON = { source_name: 'main.py' } as Language;

it('starts the usual file, else the open one, else the first that fits', () => {
  expect(entryFile(['a.py', 'main.py'], PYTHON, 'a.py')).toBe('main.py');
  expect(entryFile(['a.py', 'b.py'], PYTHON, 'b.py')).toBe('b.py');
  expect(entryFile(['a.txt', 'b.py'], PYTHON, 'a.txt')).toBe('b.py');
  expect(entryFile(['a.txt'], PYTHON, 'a.txt')).toBeNull();
});
