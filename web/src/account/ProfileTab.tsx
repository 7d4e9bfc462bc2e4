import { Button, ColorInput, Group, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { auth } from '@/auth/auth';
import { useUser } from '@/auth/useAuth';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { Section } from './Section';

/** What others see of this account. */
export function ProfileTab() {
  const user = useUser();
  const [name, setName] = useState(user.display_name);
  const [color, setColor] = useState(user.color);
  const save = useMutation({
    mutationFn: () => unwrap(api.PATCH('/api/v1/me', { body: { display_name: name, color } })),
    onSuccess: (changed) => {
      auth.setUser(changed);
      notifications.show({ message: 'Your profile is saved.' });
    },
  });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const wrong = (field: string) => (save.error instanceof Problem ? save.error.field(field) : undefined);
  const other = save.error && !wrong('display_name') && !wrong('color') ? describe(save.error) : undefined;
  return (
    <Stack maw={560}>
      <Section title="Profile" hint="What others see beside your cursor, your messages and your runs.">
        <form onSubmit={onSubmit}>
          <Stack gap="sm">
            <Group wrap="nowrap">
              <PersonAvatar name={name} color={color} size={48} />
              <TextInput
                label="Display name"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                error={wrong('display_name') ?? other}
                maxLength={64}
                required
                withAsterisk={false}
                flex={1}
              />
            </Group>
            <ColorInput label="Colour" value={color} onChange={setColor} error={wrong('color')} />
            <Group>
              <Button type="submit" loading={save.isPending}>
                Save profile
              </Button>
            </Group>
          </Stack>
        </form>
      </Section>
    </Stack>
  );
}
