import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import { keys } from '@/workspace/queries';

/** Takes the deletion of a session back and opens it. Works after its page is gone, too. */
export function useRestore(): (id: string) => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async (id) => {
    try {
      const session = await unwrap(api.POST('/api/v1/sessions/{id}/restore', { params: { path: { id } } }));
      client.setQueryData(keys.session(id), session);
      await client.invalidateQueries({ queryKey: keys.sessions });
      await navigate(`/s/${id}`);
    } catch (error) {
      notifications.show({ color: 'red', message: describe(error), role: 'alert' });
    }
  };
}
