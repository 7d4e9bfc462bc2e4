import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useEffect, useMemo, useState } from 'react';

import type { Session } from '@/api/types';
import { useStore } from '@/lib/store';
import { Waiting } from '@/ui/Waiting';

import { TopBar } from './bar/TopBar';
import { ChatVoice } from './chat/ChatPane';
import { WorkspaceContext, type WorkspaceValue } from './context';
import { EditorPane } from './editor/EditorPane';
import { useFiles } from './files/useFiles';
import { useTargetFile } from './follow/useTargetFile';
import { HistoryPane } from './history/HistoryPane';
import { PhoneLayout, WideLayout } from './Layout';
import { NoAccess } from './NoAccess';
import { Notices } from './Notices';
import { OutputPane } from './output/OutputPane';
import { useRunKey } from './output/useRunKey';
import { useRunner } from './output/useRunner';
import { PeoplePane } from './people/PeoplePane';
import { atLeast } from './roles';
import type { Room } from './sync/room';
import { useLeaveWarning } from './sync/useLeaveWarning';
import { useRoom } from './sync/useRoom';
import classes from './Workspace.module.css';

/** An open session, from connecting to being refused. */
export function Workspace({ session }: { session: Session }) {
  const [refused, setRefused] = useState(false);
  const room = useRoom(
    session.id,
    atLeast(session.role ?? null, 'editor'),
    useCallback(() => setRefused(true), []),
  );
  if (refused) return <NoAccess />;
  return room ? <OpenRoom session={session} room={room} /> : <Waiting />;
}

function OpenRoom({ session, room }: { session: Session; room: Room }) {
  const phone = useMediaQuery('(max-width: 52em)', undefined, { getInitialValueInEffect: false });
  const files = useFiles(room.doc);
  const [openId, setOpenId] = useState<string | null>(null);
  const open = files.find((file) => file.id === openId) ?? files[0] ?? null;
  const role = session.role ?? null;
  const connection = useStore(room.link.state);
  const runner = useRunner({ session, room, role, files, open });
  useRunKey(runner);
  useLeaveWarning(room.saves);
  useTargetFile(room, setOpenId);
  useEffect(() => room.link.awareness.setLocalStateField('file', open?.id ?? null), [room, open?.id]);

  const value = useMemo<WorkspaceValue>(() => ({ session, room, role, runner }), [session, room, role, runner]);
  if (connection === 'denied' || connection === 'gone') return <NoAccess />;
  const panes = {
    editor: <EditorPane files={files} open={open} onOpen={setOpenId} />,
    output: <OutputPane />,
    people: <PeoplePane />,
    history: <HistoryPane />,
  };
  return (
    <WorkspaceContext value={value}>
      <div className={classes.workspace}>
        <TopBar />
        <Notices />
        <ChatVoice />
        {phone ? <PhoneLayout {...panes} /> : <WideLayout {...panes} />}
      </div>
    </WorkspaceContext>
  );
}
