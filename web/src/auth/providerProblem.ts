const WORDS: Record<string, string> = {
  unknown_provider: 'This way to sign in is not offered any more.',
  provider_unavailable: 'The provider does not answer just now. Try again in a moment, or sign in another way.',
  provider_refused:
    'The provider did not confirm who you are. Try again; if that does not help, tell whoever runs this site.',
  denied: 'You were not signed in, since that was refused at the provider.',
  expired: 'That took too long, or was begun in another browser. Try again.',
  no_email: 'The provider did not tell an email address, and an account here needs one.',
  email_unverified:
    'There is an account with your address, and the provider does not confirm that the address is yours. Log in to the account with its password, and connect the provider under Account, Security.',
  account_unconfirmed:
    'There is an account with your address that has never confirmed it. If it is yours, log in with its password, confirm the address, and try again. If not, “Forgotten your password?” makes it yours.',
  registration_closed: 'New accounts are made by the administrator here.',
  deactivated: 'This account has been deactivated.',
  connected_elsewhere: 'Another account here is connected to this one of the provider. Disconnect it there first.',
  already_connected:
    'The account with your address is connected to another one of this provider. Sign in with that, or disconnect it first.',
  signed_out: 'You have been signed out meanwhile. Sign in, and connect the provider again.',
  too_many: 'Too many attempts from your network. Try again in a minute.',
};

/** What is told for the word that the server puts into the address when signing in by a provider did not work. */
export function providerProblem(word: string | null): string | null {
  if (word === null) return null;
  return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? null) : 'Signing in did not work. Try again in a moment.';
}
