/** By what one can sign in, in the query cache. */
export const WAYS_IN = ['account', 'ways-in'];
/** Where one is signed in, in the query cache. */
export const LOGINS = ['account', 'logins'];
