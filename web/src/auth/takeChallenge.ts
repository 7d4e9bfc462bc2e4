import type { Challenge, SecondFactor } from '@/api/types';

const METHODS: SecondFactor[] = ['passkey', 'totp', 'recovery_code'];

/**
 * What a provider's login goes on with, if it brought one here. It stands behind the `#`, which browsers send to no
 * server; once read it leaves the address, so that it stays in no history.
 */
export function takeChallenge(): Challenge | null {
  const parts = new URLSearchParams(window.location.hash.slice(1));
  const challenge = parts.get('challenge');
  if (challenge === null) return null;
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, '', pathname + search);
  const named = (parts.get('methods') ?? '').split(',');
  const methods = METHODS.filter((method) => named.includes(method));
  return { mfa_required: true, challenge, methods, expires_in: 0 };
}
