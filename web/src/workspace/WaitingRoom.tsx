import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';

import { api } from '@/api/client';
import { Message } from '@/app/Message';
import { useTitle } from '@/ui/useTitle';

import { Entry, type EntryState } from './sync/entry';

interface Props {
  id: string;
  onAdmitted: () => void;
}

/** Somebody has asked to be let in. The page changes by itself once that is decided. */
export function WaitingRoom({ id, onAdmitted }: Props) {
  useTitle('Waiting to be let in');
  const navigate = useNavigate();
  const [state, setState] = useState<EntryState>('waiting');
  useEffect(() => {
    const entry = new Entry(id, setState);
    return () => entry.destroy();
  }, [id]);
  useEffect(() => {
    if (state === 'admitted') onAdmitted();
  }, [state, onAdmitted]);
  const stop = async () => {
    // Whoever cannot be told has gone all the same.
    await api.POST('/api/v1/sessions/{id}/leave', { params: { path: { id } } }).catch(() => undefined);
    await navigate('/');
  };
  if (state === 'denied') return <Message title="You were not let in">Ask whoever sent you the link.</Message>;
  if (state === 'gone') return <Message title="The session is over">It was closed while you waited.</Message>;
  return (
    <Center component="main" mih="80vh" p="md">
      <Stack align="center" gap="sm" maw={420} ta="center" role="status">
        <Loader type="dots" aria-hidden />
        <Title order={1} size="h3">
          Waiting to be let in
        </Title>
        <Text c="dimmed">Somebody in the session has been told that you are here. This page goes on by itself.</Text>
        <Button variant="default" mt="sm" onClick={() => void stop()}>
          Do not wait
        </Button>
      </Stack>
    </Center>
  );
}
