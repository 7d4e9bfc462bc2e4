import { Button, Group, Modal, NativeSelect, NumberInput, Stack, Switch, Textarea } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import type { Visibility } from '@/api/types';

import { useWorkspace } from '../context';
import { VISIBILITY_LABELS } from '../visibility';
import { useUpdateSession } from './useUpdateSession';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** How many a session can take. */
const MOST = 500;

/** What admins decide about the session as a whole. */
export function SessionSettingsModal({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Session settings">
      <SessionSettings onDone={onClose} />
    </Modal>
  );
}

function SessionSettings({ onDone }: { onDone: () => void }) {
  const { session } = useWorkspace();
  const update = useUpdateSession(session.id);
  const [description, setDescription] = useState(session.description);
  const [visibility, setVisibility] = useState(session.visibility);
  const [most, setMost] = useState<number | string>(session.max_participants);
  const [waitingRoom, setWaitingRoom] = useState(session.waiting_room ?? false);
  const valid = typeof most === 'number' && most >= 1 && most <= MOST;
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!valid) return;
    const changes = { description, visibility, max_participants: most, waiting_room: waitingRoom };
    update.mutate(changes, { onSuccess: onDone });
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Textarea
          label="Description"
          autosize
          minRows={2}
          maxRows={6}
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          data-autofocus
        />
        <NativeSelect
          label="Access"
          value={visibility}
          data={Object.entries(VISIBILITY_LABELS).map(([value, label]) => ({ value, label }))}
          onChange={(event) => setVisibility(event.currentTarget.value as Visibility)}
        />
        <NumberInput
          label="Participants at most"
          description="Whoever is in stays, even when you lower it"
          min={1}
          max={MOST}
          allowDecimal={false}
          value={most}
          onChange={setMost}
          error={!valid && `1 to ${MOST}`}
        />
        <Switch
          label="Waiting room"
          description="Whoever joins waits until an admin lets them in"
          checked={waitingRoom}
          onChange={(event) => setWaitingRoom(event.currentTarget.checked)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
          <Button type="submit" loading={update.isPending} disabled={!valid}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
