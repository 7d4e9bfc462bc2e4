import { Anchor, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';

import type { Challenge } from '@/api/types';
import { useTitle } from '@/ui/useTitle';

import { auth } from './auth';
import { AuthForm, text } from './AuthForm';
import { PasskeyButton } from './PasskeyButton';
import { useHasPasskeys } from './passkeys';
import { SecondStep } from './SecondStep';
import { takeChallenge } from './takeChallenge';

const FIELDS = ['login', 'password'];

export function LoginPage() {
  useTitle('Log in');
  const hasPasskeys = useHasPasskeys();
  const [challenge, setChallenge] = useState<Challenge | null>(takeChallenge);
  if (challenge) return <SecondStep challenge={challenge} onBack={() => setChallenge(null)} />;
  const submit = async (form: FormData) =>
    setChallenge(await auth.signIn({ login: text(form, 'login').trim(), password: text(form, 'password') }));
  return (
    <AuthForm
      title="Log in"
      action="Log in"
      submit={submit}
      fields={FIELDS}
      other={{ page: '/register', question: 'New here?', label: 'Register' }}
      way={hasPasskeys && <PasskeyButton />}
    >
      {(wrong) => (
        <>
          <TextInput
            name="login"
            label="User name or email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            error={wrong('login')}
            required
            withAsterisk={false}
          />
          <PasswordInput
            name="password"
            label="Password"
            autoComplete="current-password"
            error={wrong('password')}
            required
            withAsterisk={false}
          />
          <Anchor component={Link} to="/forgot-password" size="sm">
            Forgotten your password?
          </Anchor>
        </>
      )}
    </AuthForm>
  );
}
