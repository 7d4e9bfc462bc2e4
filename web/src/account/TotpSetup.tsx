import { Anchor, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { describe, Problem } from '@/api/problem';
import type { TotpSecret } from '@/api/types';
import { text } from '@/auth/AuthForm';

import { PasswordForm } from './PasswordForm';
import { useBeginTotp, useConfirmTotp } from './secondFactors';

interface Props {
  onCodes: (codes: string[]) => void;
  onCancel: () => void;
}

/** Sets an authenticator app up: the password, then its secret, then a code of it. */
export function TotpSetup({ onCodes, onCancel }: Props) {
  const [secret, setSecret] = useState<TotpSecret | null>(null);
  const begin = useBeginTotp();
  if (secret) return <Confirmation secret={secret} onCodes={onCodes} onCancel={onCancel} />;
  return (
    <PasswordForm
      action="Continue"
      error={begin.error}
      pending={begin.isPending}
      onPassword={(password) => begin.mutate(password, { onSuccess: setSecret })}
      onCancel={onCancel}
    >
      You need an app that makes one-time codes, on your phone or in your password manager.
    </PasswordForm>
  );
}

function Confirmation({ secret, onCodes, onCancel }: Props & { secret: TotpSecret }) {
  const confirm = useConfirmTotp();
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = text(new FormData(event.currentTarget), 'code');
    confirm.mutate(code, { onSuccess: ({ recovery_codes }) => onCodes(recovery_codes) });
  };
  const wrong = confirm.error instanceof Problem ? confirm.error.field('code') : undefined;
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="sm">
        <Text size="sm">
          Scan this with your app, or <Anchor href={secret.uri}>open it in an app on this device</Anchor>.
        </Text>
        <img
          src={`data:image/svg+xml,${encodeURIComponent(secret.qr_svg)}`}
          alt="QR code for an authenticator app"
          width={220}
          height={220}
        />
        <Text size="sm">Or type this in:</Text>
        <Code block aria-label="Secret" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
          {secret.secret.match(/.{1,4}/g)?.join(' ')}
        </Code>
        <TextInput
          name="code"
          label="Code that the app shows"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={16}
          error={wrong ?? (confirm.error ? describe(confirm.error) : undefined)}
          required
          withAsterisk={false}
          maw={240}
        />
        <Group gap="xs">
          <Button type="submit" loading={confirm.isPending}>
            Turn on
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
