import { PasswordInput, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import { strength } from './strength';

interface Props {
  name: string;
  label: string;
  error?: string | undefined;
}

/** A field for a new password, which says how strong it is. */
export function NewPassword({ name, label, error }: Props) {
  const [password, setPassword] = useState('');
  const { score, label: words, color } = strength(password);
  return (
    <Stack gap={6}>
      <PasswordInput
        name={name}
        label={label}
        description="At least 8 characters; a few words that do not belong together are best"
        autoComplete="new-password"
        minLength={8}
        maxLength={128}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={error}
        required
        withAsterisk={false}
      />
      {password !== '' && (
        <div>
          <Progress value={(score + 1) * 20} color={color} size="xs" aria-label="Strength of the password" />
          <Text size="xs" c="dimmed" role="status" data-testid="strength">
            {words}
          </Text>
        </div>
      )}
    </Stack>
  );
}
