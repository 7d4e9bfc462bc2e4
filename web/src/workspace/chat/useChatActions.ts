import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';

import { useWorkspace } from '../context';

/** Writing, editing and deleting. What comes of it shows when the session's events tell it, as for everybody. */
export function useChatActions() {
  const { session } = useWorkspace();
  const id = session.id;
  const onError = (error: unknown) => notifications.show({ color: 'red', message: describe(error), role: 'alert' });
  const send = useMutation({
    mutationFn: ({ text, nonce }: { text: string; nonce: string }) =>
      unwrap(api.POST('/api/v1/sessions/{id}/messages', { params: { path: { id } }, body: { text, nonce } })),
    // One after the other, in the order in which they were written.
    scope: { id: `chat-${id}` },
    // The nonce makes sending again harmless.
    retry: (failures, error) => failures < 3 && !(error instanceof Problem),
    onError,
  });
  const edit = useMutation({
    mutationFn: ({ id: message, text }: { id: string; text: string }) => {
      const params = { path: { id, message } };
      return unwrap(api.PATCH('/api/v1/sessions/{id}/messages/{message}', { params, body: { text } }));
    },
    onError,
  });
  const remove = useMutation({
    mutationFn: (message: string) =>
      unwrap(api.DELETE('/api/v1/sessions/{id}/messages/{message}', { params: { path: { id, message } } })),
    onError,
  });
  return { send, edit, remove };
}
