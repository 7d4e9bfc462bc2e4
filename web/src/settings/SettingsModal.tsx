import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { auth } from '@/auth/auth';
import { useUser } from '@/auth/useAuth';

import { EditorSettings, ThemeSetting } from './fields';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** The account's display name, and how this device shows things. */
export function SettingsModal({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Settings">
      <Stack>
        <Account />
        <ThemeSetting />
        <EditorSettings />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** A guest's name stays as it was given. */
function Account() {
  return useUser().guest_of ? null : <DisplayName />;
}

function DisplayName() {
  const user = useUser();
  const [name, setName] = useState(user.display_name);
  const save = useMutation({
    mutationFn: (display_name: string) => unwrap(api.PATCH('/api/v1/me', { body: { display_name } })),
    onSuccess: (renamed) => auth.setUser(renamed),
  });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate(name);
  };
  const wrong = save.error instanceof Problem ? save.error.field('display_name') : undefined;
  const error = save.error && (wrong ?? describe(save.error));
  return (
    <form onSubmit={onSubmit}>
      <Group align="flex-start" gap="xs" wrap="nowrap">
        <TextInput
          label="Display name"
          description="What others see beside your cursor and your runs"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={error}
          maxLength={64}
          required
          withAsterisk={false}
          flex={1}
        />
        <Button
          type="submit"
          variant="default"
          mt={44}
          loading={save.isPending}
          disabled={name.trim() === user.display_name}
        >
          Save
        </Button>
      </Group>
    </form>
  );
}
