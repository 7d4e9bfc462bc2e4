/**
 * Where to go after signing in: a path of this site, or the start page. Anything that a browser
 * could read as another site (`//host`, `/\host`, a scheme) is refused.
 */
export function safeNext(next: string | null): string {
  if (!next || !/^\/(?![/\\])/u.test(next)) return '/';
  try {
    const url = new URL(next, 'http://here.invalid');
    return url.origin === 'http://here.invalid' ? url.pathname + url.search + url.hash : '/';
  } catch {
    return '/';
  }
}

/** A sign-in page's address that leads back to `from`. */
export function withNext(page: '/login' | '/register', from: string): string {
  return from === '/' ? page : `${page}?next=${encodeURIComponent(from)}`;
}
