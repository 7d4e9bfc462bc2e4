import { useQuery } from '@tanstack/react-query';
import { Navigate, useParams, useSearchParams } from 'react-router';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { Message } from '@/app/Message';
import { useTitle } from '@/ui/useTitle';
import { Waiting } from '@/ui/Waiting';

import { NoAccess } from './NoAccess';
import { useSession } from './queries';
import { WaitingRoom } from './WaitingRoom';
import { Workspace } from './Workspace';

/** `/s/{id}`, with or without an invite. */
export function SessionPage() {
  const { id = '' } = useParams();
  const [search] = useSearchParams();
  const invite = search.get('invite');
  return invite === null ? <OpenSession key={id} id={id} /> : <Join id={id} invite={invite} />;
}

/** Uses the invite, then goes on without it in the address. */
function Join({ id, invite }: { id: string; invite: string }) {
  // A query and not a mutation, because opening the link is what asks for it; joining twice changes nothing.
  const join = useQuery({
    queryKey: ['join', id, invite],
    queryFn: async () => {
      const joined = await unwrap(
        api.POST('/api/v1/sessions/{id}/join', { params: { path: { id } }, body: { invite } }),
      );
      return 'waiting' in joined ? 'waiting' : 'in';
    },
    staleTime: Infinity,
  });
  if (join.isPending) return <Waiting message="Joining…" />;
  const here = <Navigate to={`/s/${id}`} replace />;
  if (join.data === 'waiting') return <WaitingRoom id={id} onAdmitted={() => void join.refetch()} />;
  if (!join.isError) return here;
  return (
    <JoinFailed id={id} error={join.error}>
      {here}
    </JoinFailed>
  );
}

/** Whoever is in already needs no invite; the others are told what is wrong with it. */
function JoinFailed({ id, error, children }: { id: string; error: Error; children: React.ReactNode }) {
  const session = useSession(id);
  if (session.isPending) return <Waiting />;
  if (session.isSuccess) return children;
  return <Message title="This invite does not work">{describe(error)}</Message>;
}

function OpenSession({ id }: { id: string }) {
  const session = useSession(id);
  useTitle(session.data?.title ?? 'Session');
  if (session.isPending) return <Waiting />;
  if (session.data) return <Workspace session={session.data} />;
  const { error } = session;
  if (error instanceof Problem && error.status < 500 && error.status !== 429) return <NoAccess />;
  return <Message title="The session could not be opened">{describe(error)}</Message>;
}
