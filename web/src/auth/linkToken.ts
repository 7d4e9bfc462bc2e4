let taken = '';

/**
 * The token of a link from a mail. It stands behind the `#`, which browsers send to no server; once read it leaves the
 * address, so that it stays in no history.
 */
export function takeLinkToken(): string {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (token === null) return taken;
  taken = token;
  window.history.replaceState(window.history.state, '', window.location.pathname);
  return taken;
}
