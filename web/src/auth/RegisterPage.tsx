import { TextInput } from '@mantine/core';

import type { NewAccount } from '@/api/types';
import { useTitle } from '@/ui/useTitle';

import { auth } from './auth';
import { AuthForm, text } from './AuthForm';
import { NewPassword } from './NewPassword';

const FIELDS = ['username', 'display_name', 'email', 'password'];

export function RegisterPage() {
  useTitle('Register');
  return (
    <AuthForm
      title="Create an account"
      action="Register"
      submit={(form) => auth.register(account(form))}
      fields={FIELDS}
      other={{ page: '/login', question: 'Have an account?', label: 'Log in' }}
    >
      {(wrong) => (
        <>
          <TextInput
            name="username"
            label="User name"
            description="3 to 32 letters, digits, _ and -"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={32}
            error={wrong('username')}
            required
            withAsterisk={false}
          />
          <TextInput
            name="display_name"
            label="Display name (optional)"
            autoComplete="name"
            maxLength={64}
            error={wrong('display_name')}
          />
          <TextInput
            name="email"
            type="email"
            label="Email"
            autoComplete="email"
            error={wrong('email')}
            required
            withAsterisk={false}
          />
          <NewPassword name="password" label="Password" error={wrong('password')} />
        </>
      )}
    </AuthForm>
  );
}

function account(form: FormData): NewAccount {
  const displayName = text(form, 'display_name').trim();
  return {
    username: text(form, 'username').trim(),
    email: text(form, 'email').trim(),
    password: text(form, 'password'),
    ...(displayName && { display_name: displayName }),
  };
}
