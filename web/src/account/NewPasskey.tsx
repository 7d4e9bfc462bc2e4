import { TextInput } from '@mantine/core';

import { Problem } from '@/api/problem';
import { text } from '@/auth/AuthForm';

import { PasswordForm } from './PasswordForm';
import { useAddPasskey } from './secondFactors';

interface Props {
  /** Gets recovery codes where there were none before. */
  onAdded: (codes: string[]) => void;
  onCancel: () => void;
}

/** Adds a passkey: a name and the password, then what the browser asks. */
export function NewPasskey({ onAdded, onCancel }: Props) {
  const add = useAddPasskey();
  const onPassword = (password: string, form: FormData) =>
    add.mutate({ password, name: text(form, 'name') }, { onSuccess: ({ recovery_codes: codes }) => onAdded(codes) });
  return (
    <PasswordForm
      action="Continue"
      error={add.error}
      pending={add.isPending}
      onPassword={onPassword}
      onCancel={onCancel}
      before={{ name: 'name', input: <PasskeyName error={add.error} /> }}
    >
      Your browser then asks where to keep it. Signing in with your password will ask for a second factor from now on.
    </PasswordForm>
  );
}

/** Asks for what a passkey is to be called. */
export function PasskeyName({ error, value }: { error: Error | null; value?: string }) {
  return (
    <TextInput
      name="name"
      label="Name of the passkey"
      placeholder="My phone"
      defaultValue={value}
      autoComplete="off"
      maxLength={64}
      error={error instanceof Problem ? error.field('name') : undefined}
      required
      withAsterisk={false}
      data-autofocus
    />
  );
}
