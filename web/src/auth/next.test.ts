import { expect, it } from 'vitest';

import { safeNext, withNext } from './next';

it('leads back to where the person wanted to go, invite included', () => {
  const wanted = '/s/0190?invite=a%2Bb';
  const page = withNext('/register', wanted);
  expect(safeNext(new URLSearchParams(page.split('?')[1]).get('next'))).toBe(wanted);
});

it.each(['https://evil.test', '//evil.test', '/\\evil.test', 'javascript:alert(1)', 's/1', '/\t/evil.test', '', null])(
  'never leads away from this site: %j',
  (next) => {
    expect(new URL(safeNext(next), 'http://app.test').origin).toBe('http://app.test');
    expect(safeNext(next)).not.toContain('evil');
  },
);
