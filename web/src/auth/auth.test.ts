import { describe, expect, it, vi } from 'vitest';

import { Auth } from './auth';

const USER = {
  id: '0190',
  username: 'ada',
  email: 'ada@example.org',
  display_name: 'Ada',
  color: '#1f6feb',
  created_at: '2026-01-01T00:00:00Z',
};

function answer(token: string, expires_in = 900): Response {
  return Response.json({ user: USER, access_token: token, token_type: 'Bearer', expires_in, refresh_token: 'r' });
}

/** A login whose server is `handle`, with a clock that stands at `now()`. */
function login(handle: (path: string, request: Request) => Response | Promise<Response>, now = () => 0) {
  const fetch = vi.fn(async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(input, 'http://app.test'), init);
    return handle(new URL(request.url).pathname, request);
  });
  const auth = new Auth({ fetch, now, exclusively: (_name, task) => task() });
  const refreshes = () =>
    fetch.mock.calls.filter(([input]) => typeof input === 'string' && input.endsWith('/auth/refresh')).length;
  return { auth, refreshes };
}

describe('the token', () => {
  it('is refreshed once for all who ask at the same time', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { auth, refreshes } = login(async () => {
      await held;
      return answer('fresh');
    });
    const asked = Promise.all([auth.token(), auth.refresh(), auth.token()]);
    release();
    expect(await asked).toEqual(['fresh', 'fresh', 'fresh']);
    expect(refreshes()).toBe(1);
    expect(auth.state.get()).toMatchObject({ status: 'signed-in', user: { username: 'ada' } });
  });

  it('is kept while it lasts and renewed shortly before its end', async () => {
    let now = 0;
    let count = 0;
    const { auth, refreshes } = login(
      () => answer(`t${(count += 1)}`, 900),
      () => now,
    );
    expect(await auth.token()).toBe('t1');
    now = 870_000;
    expect(await auth.token()).toBe('t1');
    now = 885_000;
    expect(await auth.token()).toBe('t2');
    expect(refreshes()).toBe(2);
  });

  it('is gone after a refusal, and is not asked for again', async () => {
    const { auth, refreshes } = login(() => Response.json({ title: 'Unauthorized' }, { status: 401 }));
    expect(await auth.refresh()).toBeNull();
    expect(auth.state.get().status).toBe('signed-out');
    expect(await auth.token()).toBeNull();
    expect(refreshes()).toBe(1);
  });

  it('does not sign out when the server is in trouble', async () => {
    let healthy = true;
    const { auth } = login(() => (healthy ? answer('t') : new Response(null, { status: 503 })));
    await auth.refresh();
    healthy = false;
    await expect(auth.refresh()).rejects.toMatchObject({ status: 503 });
    expect(auth.state.get().status).toBe('signed-in');
  });
});

describe('a request', () => {
  it('that is refused is sent again, body and all, with a fresh token; together they refresh once', async () => {
    let current = 'old';
    const bodies: string[] = [];
    const { auth, refreshes } = login(async (path, request) => {
      if (path.endsWith('/auth/refresh')) {
        const first = current === 'old' && refreshes() <= 1;
        if (!first) current = 'new';
        return answer(current);
      }
      if (request.headers.get('authorization') !== 'Bearer new') return new Response(null, { status: 401 });
      bodies.push(await request.text());
      return Response.json({});
    });
    await auth.refresh();
    const send = (body: string) => auth.fetch(new Request('http://app.test/api/v1/x', { method: 'POST', body }));
    const answers = await Promise.all([send('a'), send('b')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(bodies.sort()).toEqual(['a', 'b']);
    expect(refreshes()).toBe(2);
  });

  it('of a signed-out visitor carries no token', async () => {
    const seen: (string | null)[] = [];
    const { auth } = login((path, request) => {
      if (path.endsWith('/auth/refresh')) return new Response(null, { status: 401 });
      seen.push(request.headers.get('authorization'));
      return new Response(null, { status: 401 });
    });
    await auth.refresh();
    expect((await auth.fetch(new Request('http://app.test/api/v1/x'))).status).toBe(401);
    expect(seen).toEqual([null]);
  });
});

describe('signing out', () => {
  it('holds even when the server cannot be told', async () => {
    const { auth } = login((path) => {
      if (path.endsWith('/auth/logout')) throw new TypeError('offline');
      return answer('t');
    });
    await auth.refresh();
    await expect(auth.signOut()).rejects.toThrow('offline');
    expect(auth.state.get().status).toBe('signed-out');
    expect(await auth.token()).toBeNull();
  });
});
