import { expect, it } from 'vitest';

import { tokens } from './tokens';

const ada = { id: 'a', username: 'ada', display_name: 'Ada', color: '#1f6feb' };
const kinds = (text: string) => tokens(text, [ada]).map(({ kind, text: shown }) => [kind, shown]);

it('finds code, links and names', () => {
  expect(kinds('see `x < y` at https://example.org/a?b=(c). @Ada!')).toEqual([
    ['text', 'see '],
    ['code', 'x < y'],
    ['text', ' at '],
    ['link', 'https://example.org/a?b=(c'],
    ['text', '). '],
    ['mention', '@Ada'],
    ['text', '!'],
  ]);
});

it('leaves markup, other schemes, addresses and strangers as text', () => {
  for (const text of [
    '<b>&amp;</b>',
    'javascript:alert(1)',
    'me@ada.org',
    '@bob',
    '@@ada',
    'é@ada',
    'https://',
    '``',
  ]) {
    expect(kinds(text)).toEqual([['text', text]]);
  }
});

it('shows everything that was written, in order', () => {
  const text = '@ada-- http://a.b/`c`\n@ada_x `d` https://x.y.';
  const shown = tokens(text, [ada]).map(({ kind, text: part }) => (kind === 'code' ? `\`${part}\`` : part));
  expect(shown.join('')).toBe(text);
});
