import { useQuery } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import type { Invite } from '@/api/types';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import { atLeast } from '../roles';

/**
 * The link to send: with an invite for those who may see invites, while the session is open to
 * whoever has the link. Known before it is asked for, since browsers let a page write to the
 * clipboard only right after a click; nothing while it is not, since without its invite it would
 * let nobody in.
 */
export function useShareLink(): string | null {
  const { session, role } = useWorkspace();
  const wanted = session.visibility === 'link' && atLeast(role, 'admin');
  const invite = useQuery({
    queryKey: [...keys.invites(session.id), 'shared'],
    queryFn: () => usableInvite(session.id),
    enabled: wanted,
    staleTime: 60_000,
  });
  if (wanted && invite.isPending) return null;
  return wanted && invite.data ? inviteLink(invite.data) : `${location.origin}/s/${session.id}`;
}

/** What to send to somebody so that they can join. */
export function inviteLink({ session_id, token }: Invite): string {
  return `${location.origin}/s/${session_id}?invite=${encodeURIComponent(token)}`;
}

/** An invite for editors that still works; made when there is none. */
async function usableInvite(id: string): Promise<Invite> {
  const params = { path: { id } };
  const { items } = await unwrap(api.GET('/api/v1/sessions/{id}/invites', { params }));
  const usable = items.find((invite) => invite.role === 'editor' && works(invite));
  return usable ?? unwrap(api.POST('/api/v1/sessions/{id}/invites', { params, body: { role: 'editor' } }));
}

/** Whether an invite has neither expired nor been used up. */
export function works({ expires_at, max_uses, uses }: Invite): boolean {
  const expired = typeof expires_at === 'string' && Date.parse(expires_at) <= Date.now();
  const spent = typeof max_uses === 'number' && uses >= max_uses;
  return !expired && !spent;
}
