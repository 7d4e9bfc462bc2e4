import { Anchor, PasswordInput, TextInput } from '@mantine/core';
import { Link } from 'react-router';

import { useTitle } from '@/ui/useTitle';

import { auth } from './auth';
import { AuthForm, text } from './AuthForm';

const FIELDS = ['login', 'password'];

export function LoginPage() {
  useTitle('Log in');
  return (
    <AuthForm
      title="Log in"
      action="Log in"
      submit={(form) => auth.signIn({ login: text(form, 'login').trim(), password: text(form, 'password') })}
      fields={FIELDS}
      other={{ page: '/register', question: 'New here?', label: 'Register' }}
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
