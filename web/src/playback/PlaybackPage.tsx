import { ActionIcon, Center, Text, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { Link, useParams } from 'react-router';

import { describe } from '@/api/problem';
import type { Session } from '@/api/types';
import { Message } from '@/app/Message';
import { ThemeToggle } from '@/ui/ThemeToggle';
import { UserMenu } from '@/ui/UserMenu';
import { useTitle } from '@/ui/useTitle';
import { Waiting } from '@/ui/Waiting';
import { useSession } from '@/workspace/queries';

import { Controls } from './Controls';
import { loadMoments } from './moments';
import { MomentList } from './MomentList';
import classes from './Playback.module.css';
import { Player } from './player';
import { loadRecording } from './recording';
import { Stage } from './Stage';
import { useKeys } from './useKeys';

/** `/s/{id}/playback`: how the session came to be what it is. */
export function PlaybackPage() {
  const { id = '' } = useParams();
  const session = useSession(id);
  useTitle(session.data ? `Playback of ${session.data.title}` : 'Playback');
  const loaded = useQuery({
    queryKey: ['playback', id],
    queryFn: async () => {
      const [recording, moments] = await Promise.all([loadRecording(id), loadMoments(id)]);
      return { recording, moments };
    },
    // What is played does not change while one looks; opening the page again reads it anew.
    staleTime: Infinity,
    gcTime: 0,
  });
  const error = session.error ?? loaded.error;
  if (error) return <Message title="The playback could not be opened">{describe(error)}</Message>;
  if (!session.data || !loaded.data) return <Waiting message="Reading the history…" />;
  return <Playback session={session.data} {...loaded.data} />;
}

type Props = { session: Session } & Pick<Player, 'recording' | 'moments'>;

function Playback({ session, recording, moments }: Props) {
  const player = useMemo(() => new Player(recording, moments), [recording, moments]);
  useEffect(() => () => player.pause(), [player]);
  useKeys(player);
  const empty = recording.edits.length === 0 && moments.length === 0;
  return (
    <div className={classes.page}>
      <header className={classes.bar}>
        <ActionIcon component={Link} to={`/s/${session.id}`} aria-label="Back to the session">
          <IconArrowLeft size={18} />
        </ActionIcon>
        <Title order={1} size="sm" className={classes.title}>
          {session.title}
        </Title>
        <Text span size="sm" c="dimmed">
          Playback
        </Text>
        <span className={classes.end}>
          <ThemeToggle />
          <UserMenu />
        </span>
      </header>
      {empty ? (
        <Center flex={1}>
          <Text c="dimmed">Nothing has happened here yet.</Text>
        </Center>
      ) : (
        <>
          <main className={classes.main}>
            <Stage player={player} />
            <MomentList player={player} />
          </main>
          <Controls player={player} />
        </>
      )}
    </div>
  );
}
