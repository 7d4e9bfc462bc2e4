import {
  type AuthenticationResponseJSON,
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { Problem } from '@/api/problem';

/** What the server sends for the browser; its form is that of the standard. */
type Options = Record<string, unknown>;

/** What is said of errors that need other words than the rest. */
const WORDS: Partial<Record<WebAuthnError['code'], string>> = {
  ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED: 'This device has a passkey for your account already.',
  ERROR_AUTHENTICATOR_MISSING_DISCOVERABLE_CREDENTIAL_SUPPORT: 'This device cannot keep passkeys.',
  ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT:
    'This device cannot check who uses it: give it a PIN or a screen lock first.',
};

/** Whether passkeys can be used here: the server takes them, for pages at this host, and the browser knows them. */
export function useHasPasskeys(): boolean {
  const domain = useQuery({
    queryKey: ['passkey-domain'],
    queryFn: () => unwrap(api.GET('/api/v1/auth/passkey')),
    staleTime: Infinity,
  });
  return domain.data?.domain === window.location.hostname && browserSupportsWebAuthn();
}

/** Has the browser make a passkey. */
export function makePasskey(options: Options): Promise<RegistrationResponseJSON> {
  const optionsJSON = options as unknown as PublicKeyCredentialCreationOptionsJSON;
  return inOurWords(startRegistration({ optionsJSON }), 'No passkey was made. Try again.');
}

/** Has the browser sign by a passkey. */
export function signByPasskey(options: Options): Promise<AuthenticationResponseJSON> {
  const optionsJSON = options as unknown as PublicKeyCredentialRequestOptionsJSON;
  return inOurWords(startAuthentication({ optionsJSON }), 'No passkey was used. Try again, or sign in another way.');
}

/** Browsers say the same, in technical words, whether somebody has changed their mind, was too slow or has no passkey. */
async function inOurWords<Answer>(answer: Promise<Answer>, otherwise: string): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    const known = error instanceof WebAuthnError ? WORDS[error.code] : undefined;
    throw new Problem(0, known ?? otherwise);
  }
}
