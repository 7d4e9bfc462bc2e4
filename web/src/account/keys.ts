/** Where one is signed in, in the query cache. */
export const LOGINS = ['account', 'logins'];
