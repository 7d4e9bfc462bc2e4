import { afterEach, describe, expect, it } from 'vitest';

import { takeChallenge } from './takeChallenge';

afterEach(() => window.history.replaceState(null, '', '/'));

describe('a challenge in the address', () => {
  it('is read once, and leaves the address', () => {
    window.history.replaceState(null, '', '/login?next=%2Fs%2F1#challenge=abc&methods=recovery_code,totp,passkey,sms');
    expect(takeChallenge()).toMatchObject({ challenge: 'abc', methods: ['passkey', 'totp', 'recovery_code'] });
    expect(window.location.href).toMatch(/\/login\?next=%2Fs%2F1$/);
    expect(takeChallenge()).toBeNull();
  });
});
