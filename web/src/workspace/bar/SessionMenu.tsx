import { ActionIcon, Menu } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconDoorExit,
  IconDots,
  IconFileZip,
  IconGitFork,
  IconLink,
  IconSettings,
  IconTrash,
} from '@tabler/icons-react';
import { Link } from 'react-router';

import { downloadOrTell } from '@/api/download';
import { useUser } from '@/auth/useAuth';

import { useWorkspace } from '../context';
import { atLeast } from '../roles';
import { EndSessionModal } from './EndSessionModal';
import { ForkModal } from './ForkModal';
import { InvitesModal } from './InvitesModal';
import { SessionSettingsModal } from './SessionSettingsModal';

/** What is done with the session as a whole. */
export function SessionMenu() {
  const { session, role } = useWorkspace();
  const [forking, fork] = useDisclosure();
  const [inviting, invites] = useDisclosure();
  const [setting, settings] = useDisclosure();
  const [ending, end] = useDisclosure();
  const guest = Boolean(useUser().guest_of);
  const admin = atLeast(role, 'admin');
  const owner = role === 'owner';
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <ActionIcon aria-label="Session menu">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {session.origin && (
            <Menu.Item component={Link} to={`/s/${session.origin.id}`} leftSection={<IconGitFork size={16} />}>
              Forked from “{session.origin.title}”
            </Menu.Item>
          )}
          {!guest && (
            <Menu.Item leftSection={<IconGitFork size={16} />} onClick={fork.open}>
              Fork…
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconFileZip size={16} />}
            onClick={() => void downloadOrTell(`/sessions/${session.id}/archive`, `session-${session.id}.zip`)}
          >
            Download files
          </Menu.Item>
          {admin && (
            <>
              <Menu.Item leftSection={<IconLink size={16} />} onClick={invites.open}>
                Invites…
              </Menu.Item>
              <Menu.Item leftSection={<IconSettings size={16} />} onClick={settings.open}>
                Session settings…
              </Menu.Item>
            </>
          )}
          {role !== null && (
            <>
              <Menu.Divider />
              <Menu.Item
                c="var(--cc-danger)"
                leftSection={owner ? <IconTrash size={16} /> : <IconDoorExit size={16} />}
                onClick={end.open}
              >
                {owner ? 'Delete session…' : 'Leave session…'}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <ForkModal opened={forking} onClose={fork.close} />
      <InvitesModal opened={inviting} onClose={invites.close} />
      <SessionSettingsModal opened={setting} onClose={settings.close} />
      <EndSessionModal opened={ending} onClose={end.close} />
    </>
  );
}
