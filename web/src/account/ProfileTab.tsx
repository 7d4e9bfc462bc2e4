import { Button, ColorInput, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';

import { api, unwrap } from '@/api/client';
import { describe, Problem } from '@/api/problem';
import { auth } from '@/auth/auth';
import { useUser } from '@/auth/useAuth';
import { PersonAvatar } from '@/ui/PersonAvatar';

import { EmailSection } from './EmailSection';
import { Section } from './Section';

const FIELDS = ['display_name', 'color', 'bio', 'links'];
const BIO_CHARS = 500;

/** What others see of this account, and its address. */
export function ProfileTab() {
  return (
    <Stack maw={560}>
      <Section title="Profile" hint="Name and colour are what others see beside your cursor, messages and runs.">
        <Profile />
      </Section>
      <EmailSection />
    </Stack>
  );
}

function Profile() {
  const user = useUser();
  const [name, setName] = useState(user.display_name);
  const [color, setColor] = useState(user.color);
  const [bio, setBio] = useState(user.bio);
  const [links, setLinks] = useState(user.links.join('\n'));
  const save = useMutation({
    mutationFn: () => {
      const lines = links.split('\n').map((line) => line.trim());
      const body = { display_name: name, color, bio, links: lines.filter((line) => line !== '') };
      return unwrap(api.PATCH('/api/v1/me', { body }));
    },
    onSuccess: (changed) => {
      auth.setUser(changed);
      setLinks(changed.links.join('\n'));
      notifications.show({ message: 'Your profile is saved.' });
    },
  });
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const wrong = (field: string) => (save.error instanceof Problem ? save.error.field(field) : undefined);
  const other = save.error && !FIELDS.some(wrong) ? describe(save.error) : undefined;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Group wrap="nowrap" align="flex-end">
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
        <ColorInput
          label="Colour"
          value={color}
          onChange={setColor}
          error={wrong('color')}
          eyeDropperButtonProps={{ 'aria-label': 'Take a colour from the screen' }}
        />
        <Textarea
          label="About you"
          value={bio}
          onChange={(event) => setBio(event.currentTarget.value)}
          error={wrong('bio')}
          maxLength={BIO_CHARS}
          autosize
          minRows={3}
        />
        <Textarea
          label="Links"
          description="At most 5, one a line, each beginning with https:// or http://"
          value={links}
          onChange={(event) => setLinks(event.currentTarget.value)}
          error={wrong('links')}
          autosize
          minRows={2}
        />
        <Group>
          <Button type="submit" loading={save.isPending}>
            Save profile
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
