import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { Session, Visibility } from '@/api/types';

import { keys } from '../queries';

interface Changes {
  title?: string;
  language?: string;
  visibility?: Visibility;
  description?: string;
  max_participants?: number;
  waiting_room?: boolean;
}

/** Changes a session's settings: shown at once, taken back when the server refuses. */
export function useUpdateSession(id: string) {
  const client = useQueryClient();
  const key = keys.session(id);
  return useMutation({
    mutationFn: (body: Changes) => unwrap(api.PATCH('/api/v1/sessions/{id}', { params: { path: { id } }, body })),
    onMutate: async (changes) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData<Session>(key);
      if (before) client.setQueryData<Session>(key, { ...before, ...changes });
      return before;
    },
    onError: (error, _changes, before) => {
      client.setQueryData(key, before);
      notifications.show({ color: 'red', message: describe(error), role: 'alert' });
    },
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}
