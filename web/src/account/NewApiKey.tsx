import { Button, Checkbox, Group, Select, Stack, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { describe, Problem } from '@/api/problem';
import type { Scope } from '@/api/types';

import { LIVES, SCOPES, useCreateApiKey } from './apiKeys';
import { Section } from './Section';

interface Props {
  /** Told the key's text. */
  onMade: (text: string) => void;
}

/** Makes an API key. */
export function NewApiKey({ onMade }: Props) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['read']);
  const [days, setDays] = useState('90');
  const create = useCreateApiKey();
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    create.mutate(
      { name, scopes, days: Number(days) },
      {
        onSuccess: ({ key }) => {
          setName('');
          onMade(key);
        },
      },
    );
  };
  const wrong = (field: string) => (create.error instanceof Problem ? create.error.field(field) : undefined);
  const other = create.error && !wrong('name') && !wrong('scopes') ? describe(create.error) : undefined;
  return (
    <Section
      title="New API key"
      hint="Programs send it as Authorization: Bearer … and may do as much of what you may do as you tick here."
    >
      <form onSubmit={onSubmit}>
        <Stack gap="sm">
          <TextInput
            label="Name"
            placeholder="What will use it?"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={wrong('name') ?? other}
            maxLength={64}
            required
            withAsterisk={false}
          />
          <Checkbox.Group
            label="It may"
            value={scopes}
            onChange={(ticked) => setScopes(ticked)}
            error={wrong('scopes')}
          >
            <Stack gap="xs" mt={4}>
              {SCOPES.map(({ scope, label, hint }) => (
                <Checkbox key={scope} value={scope} label={label} description={hint} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Select label="Expires after" data={LIVES} value={days} onChange={(to) => setDays(to ?? '90')} maw={240} />
          <Group>
            <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
              Make the key
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
