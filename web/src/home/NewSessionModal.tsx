import { Alert, Button, Chip, Group, Input, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import { useNavigate } from 'react-router';

import { api, unwrap } from '@/api/client';
import { describe } from '@/api/problem';
import type { Language } from '@/api/types';
import { recall, remember } from '@/lib/storage';
import { preferences } from '@/settings/preferences';
import { keys, useLanguages } from '@/workspace/queries';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** Asks for the language, what to begin with, and a title if one is wanted; then opens the new session. */
export function NewSessionModal({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New session">
      <NewSession />
    </Modal>
  );
}

const REMEMBERED = 'codecrafter-language';
/** Every language has it. */
const SAMPLE = 'sample';

function NewSession() {
  const languages = useLanguages();
  const [chosen, setChosen] = useState(() => preferences.get().language ?? recall(REMEMBERED));
  const create = useCreateSession();
  const language = languages.data?.find(({ id }) => id === chosen) ?? languages.data?.[0];
  const [wanted, setWanted] = useState(SAMPLE);
  // Another language may not have what was chosen before.
  const template = language?.templates.some(({ id }) => id === wanted) ? wanted : SAMPLE;

  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!language) return;
    remember(REMEMBERED, language.id);
    const title = new FormData(event.currentTarget).get('title');
    create.mutate({ language, template, title: typeof title === 'string' ? title.trim() : '' });
  };
  const error = create.error ?? languages.error;
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Stack gap={6}>
          <Input.Label component="div" id="language-label">
            Language
          </Input.Label>
          <Chip.Group value={language?.id ?? ''} onChange={setChosen}>
            <Group gap={8} role="radiogroup" aria-labelledby="language-label">
              {languages.data?.map(({ id, name }) => (
                <Chip key={id} value={id} radius="sm" variant="outline">
                  {name}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </Stack>
        <Stack gap={6}>
          <Input.Label component="div" id="template-label">
            Begin with
          </Input.Label>
          <Chip.Group value={template} onChange={setWanted}>
            <Group gap={8} role="radiogroup" aria-labelledby="template-label">
              {language?.templates.map(({ id, name }) => (
                <Chip key={id} value={id} radius="sm" variant="outline">
                  {name}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </Stack>
        <TextInput name="title" label="Title (optional)" placeholder={defaultTitle(language)} maxLength={120} />
        {error && (
          <Alert color="red" variant="light" role="alert">
            {describe(error)}
          </Alert>
        )}
        <Button type="submit" loading={create.isPending} disabled={!language} data-autofocus>
          Create session
        </Button>
      </Stack>
    </form>
  );
}

function defaultTitle(language: Language | undefined): string {
  return language ? `${language.name} session` : '';
}

interface Wish {
  language: Language;
  template: string;
  title: string;
}

/** Makes a session that whoever has the link may join. */
function useCreateSession() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ language, template, title }: Wish) =>
      unwrap(
        api.POST('/api/v1/sessions', {
          body: {
            title: title || defaultTitle(language),
            language: language.id,
            visibility: 'link',
            template,
          },
        }),
      ),
    onSuccess: async (session) => {
      client.setQueryData(keys.session(session.id), session);
      await navigate(`/s/${session.id}`);
    },
  });
}
