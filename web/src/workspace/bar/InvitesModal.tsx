import { Alert, Modal, Skeleton, Stack, Text } from '@mantine/core';

import { describe } from '@/api/problem';

import { useWorkspace } from '../context';
import classes from '../people/PeopleList.module.css';
import { useInvites } from '../queries';
import { InviteRow } from './InviteRow';
import { NewInvite } from './NewInvite';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** The invitation links: who may come by them, how long and how often. */
export function InvitesModal({ opened, onClose }: Props) {
  const { session } = useWorkspace();
  return (
    <Modal opened={opened} onClose={onClose} title="Invites" size="lg">
      <Stack>
        {session.visibility === 'private' && (
          <Alert color="yellow" variant="light">
            While the session is private no invite lets anybody in. Change its access to let them work.
          </Alert>
        )}
        <Invites />
        <NewInvite />
      </Stack>
    </Modal>
  );
}

function Invites() {
  const { session } = useWorkspace();
  const invites = useInvites(session.id);
  if (invites.isPending) return <Skeleton height={58} />;
  if (invites.isError)
    return (
      <Alert color="red" variant="light">
        {describe(invites.error)}
      </Alert>
    );
  if (invites.data.length === 0) return <Text c="dimmed">There is no invite.</Text>;
  return (
    <Stack component="ul" gap={6} p={0} m={0} aria-label="Invites" className={classes.list}>
      {invites.data.map((invite) => (
        <li key={invite.id}>
          <InviteRow invite={invite} />
        </li>
      ))}
    </Stack>
  );
}
