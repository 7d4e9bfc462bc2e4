import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';

import { describe } from '@/api/problem';

/** Something that is done to a session: what goes wrong is told, and `changes` are asked for again. */
export function useAct<Input, Output>(act: (input: Input) => Promise<Output>, changes: readonly (readonly string[])[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onError: (error) => notifications.show({ color: 'red', message: describe(error), role: 'alert' }),
    onSettled: () => Promise.all(changes.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
