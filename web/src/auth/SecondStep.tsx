import { Anchor, Group, Text, TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';

import type { Challenge, SecondFactor, SecondStep as Step } from '@/api/types';

import { auth } from './auth';
import { AuthForm, text } from './AuthForm';
import { useHasPasskeys } from './passkeys';

interface Props {
  challenge: Challenge;
  /** Back to the password. */
  onBack: () => void;
}

/** What each code is asked for by. */
const WORDS: Record<Step['method'], { label: string; hint: string }> = {
  totp: { label: 'One-time code', hint: 'Your authenticator app shows it.' },
  recovery_code: {
    label: 'Recovery code',
    hint: 'One of those that you kept when you set this up. It works once.',
  },
};

/** How to change to each second factor. */
const OTHER: Record<SecondFactor, string> = {
  passkey: 'Use a passkey',
  totp: 'Use the authenticator app',
  recovery_code: 'Use a recovery code',
};

/** Asks for the second factor of who has sent the right password. */
export function SecondStep({ challenge, onBack }: Props) {
  const hasPasskeys = useHasPasskeys();
  const methods = challenge.methods.filter((method) => method !== 'passkey' || hasPasskeys);
  const [chosen, setChosen] = useState<SecondFactor | null>(null);
  const method = chosen ?? methods[0] ?? 'recovery_code';
  const others = (
    <Group gap="md">
      {methods
        .filter((other) => other !== method)
        .map((other) => (
          <Anchor key={other} component="button" type="button" size="sm" onClick={() => setChosen(other)}>
            {OTHER[other]}
          </Anchor>
        ))}
      <Anchor component="button" type="button" size="sm" onClick={onBack}>
        Begin again
      </Anchor>
    </Group>
  );
  if (method === 'passkey') return <ByPasskey challenge={challenge.challenge} others={others} />;
  return <ByCode key={method} challenge={challenge.challenge} method={method} others={others} />;
}

interface StepProps {
  challenge: string;
  others: ReactNode;
}

function ByPasskey({ challenge, others }: StepProps) {
  return (
    <AuthForm
      title="Two-factor sign-in"
      action="Continue with a passkey"
      submit={() => auth.finishSignInByPasskey(challenge)}
      fields={[]}
    >
      {() => (
        <>
          <Text size="sm" c="dimmed">
            Your browser asks for a passkey that you have added to your account.
          </Text>
          {others}
        </>
      )}
    </AuthForm>
  );
}

function ByCode({ challenge, method, others }: StepProps & { method: Step['method'] }) {
  const { label, hint } = WORDS[method];
  return (
    <AuthForm
      title="Two-factor sign-in"
      action="Log in"
      submit={(form) => auth.finishSignIn({ challenge, method, code: text(form, 'code') })}
      fields={['code']}
    >
      {(wrong) => (
        <>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
          <CodeInput label={label} numeric={method === 'totp'} error={wrong('code')} />
          {others}
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
