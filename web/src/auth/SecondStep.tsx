import { Anchor, Group, Text, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';

import type { Challenge, SecondFactor } from '@/api/types';

import { auth } from './auth';
import { AuthForm, text } from './AuthForm';

interface Props {
  challenge: Challenge;
  /** Back to the password. */
  onBack: () => void;
}

/** What each second factor is asked for by, and how to change to it. */
const WORDS: Record<SecondFactor, { label: string; hint: string; other: string }> = {
  totp: { label: 'One-time code', hint: 'Your authenticator app shows it.', other: 'Use the authenticator app' },
  recovery_code: {
    label: 'Recovery code',
    hint: 'One of those that you kept when you set this up. It works once.',
    other: 'Use a recovery code',
  },
};

/** Asks for the second factor of who has sent the right password. */
export function SecondStep({ challenge, onBack }: Props) {
  const [method, setMethod] = useState<SecondFactor>(challenge.methods[0] ?? 'totp');
  const { label, hint } = WORDS[method];
  return (
    <AuthForm
      key={method}
      title="Two-factor sign-in"
      action="Log in"
      submit={(form) => auth.finishSignIn({ challenge: challenge.challenge, method, code: text(form, 'code') })}
      fields={['code']}
    >
      {(wrong) => (
        <>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
          <CodeInput label={label} numeric={method === 'totp'} error={wrong('code')} />
          <Group gap="md">
            {challenge.methods
              .filter((other) => other !== method)
              .map((other) => (
                <Anchor key={other} component="button" type="button" size="sm" onClick={() => setMethod(other)}>
                  {WORDS[other].other}
                </Anchor>
              ))}
            <Anchor component="button" type="button" size="sm" onClick={onBack}>
              Begin again
            </Anchor>
          </Group>
        </>
      )}
    </AuthForm>
  );
}

function CodeInput({ label, numeric, error }: { label: string; numeric: boolean; error: string | undefined }) {
  const input = useRef<HTMLInputElement>(null);
  // What had the focus is gone with the form of before.
  useEffect(() => input.current?.focus(), []);
  return (
    <TextInput
      ref={input}
      name="code"
      label={label}
      inputMode={numeric ? 'numeric' : 'text'}
      autoComplete={numeric ? 'one-time-code' : 'off'}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={64}
      error={error}
      required
      withAsterisk={false}
    />
  );
}
