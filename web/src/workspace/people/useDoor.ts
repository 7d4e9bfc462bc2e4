import { api, unwrap } from '@/api/client';

import { useWorkspace } from '../context';
import { keys } from '../queries';
import { useAct } from '../useAct';

const PERSON = '/api/v1/sessions/{id}/waiting/{user}';

/** Letting people in who wait, or turning them away. */
export function useDoor() {
  const { session } = useWorkspace();
  const changes = [keys.waiting(session.id), keys.people(session.id)];
  const params = (user: string) => ({ params: { path: { id: session.id, user } } });
  return {
    admit: useAct((user: string) => unwrap(api.POST(PERSON, params(user))), changes),
    deny: useAct((user: string) => unwrap(api.DELETE(PERSON, params(user))), changes),
  };
}
