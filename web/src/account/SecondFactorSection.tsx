import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';

import { describe } from '@/api/problem';
import type { SecondFactors } from '@/api/types';

import { PasswordForm } from './PasswordForm';
import { RecoveryCodes } from './RecoveryCodes';
import { useRemoveTotp, useRenewCodes, useSecondFactors } from './secondFactors';
import { Section } from './Section';
import { TotpSetup } from './TotpSetup';

/** What is under way in this section. */
type Task = 'set-up' | 'turn-off' | 'renew' | null;

/** Fewer recovery codes than this are too few. */
const FEW = 3;

/** What logins ask for besides the password. */
export function SecondFactorSection() {
  const factors = useSecondFactors();
  const [task, setTask] = useState<Task>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const onCodes = (made: string[]) => {
    setTask(null);
    setCodes(made);
  };
  const onCancel = () => setTask(null);
  const hasPasskeys = (factors.data?.passkeys.length ?? 0) > 0;
  return (
    <Section
      title="Two-factor sign-in"
      hint="With it, signing in takes a one-time code or a passkey besides the password, so that the password alone lets nobody in."
    >
      {factors.error && <Text c="red">{describe(factors.error)}</Text>}
      {codes && <RecoveryCodes codes={codes} onDone={() => setCodes(null)} />}
      {factors.data && task === null && <Status factors={factors.data} onTask={setTask} />}
      {task === 'set-up' && <TotpSetup onCodes={onCodes} onCancel={onCancel} />}
      {task === 'turn-off' && <TurnOff hasPasskeys={hasPasskeys} onOff={() => setCodes(null)} onDone={onCancel} />}
      {task === 'renew' && <Renew onCodes={onCodes} onCancel={onCancel} />}
    </Section>
  );
}

function Status({ factors, onTask }: { factors: SecondFactors; onTask: (task: Task) => void }) {
  const setUp = (
    <Button variant={factors.passkeys.length > 0 ? 'default' : 'filled'} onClick={() => onTask('set-up')}>
      Set up an authenticator app
    </Button>
  );
  if (!factors.totp && factors.passkeys.length === 0) return <Group>{setUp}</Group>;
  const left = factors.recovery_codes;
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Badge variant="light">On</Badge>
        <Text size="sm">
          {factors.totp ? `Authenticator app, since ${day(factors.totp.enabled_at)}` : 'By your passkeys'}
        </Text>
      </Group>
      <Text size="sm" {...(left < FEW && { c: 'red', fw: 600 })}>
        {left === 1 ? '1 recovery code is left.' : `${left} recovery codes are left.`}
      </Text>
      <Group gap="xs">
        {!factors.totp && setUp}
        <Button variant="default" onClick={() => onTask('renew')}>
          New recovery codes
        </Button>
        {factors.totp && (
          <Button variant="light" color="red" onClick={() => onTask('turn-off')}>
            Turn off
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function TurnOff({ hasPasskeys, onOff, onDone }: { hasPasskeys: boolean; onOff: () => void; onDone: () => void }) {
  const remove = useRemoveTotp();
  const onSuccess = () => {
    const alone = 'Signing in takes your password alone from now on.';
    notifications.show({ message: hasPasskeys ? 'Signing in takes no one-time codes any more.' : alone });
    onOff();
    onDone();
  };
  return (
    <PasswordForm
      action="Turn off"
      color="red.9"
      error={remove.error}
      pending={remove.isPending}
      onPassword={(password) => remove.mutate(password, { onSuccess })}
      onCancel={onDone}
    >
      {hasPasskeys
        ? 'Signing in will take your password and a passkey, or a passkey alone.'
        : 'Signing in will take your password alone, and your recovery codes will not work any more.'}
    </PasswordForm>
  );
}

function Renew({ onCodes, onCancel }: { onCodes: (codes: string[]) => void; onCancel: () => void }) {
  const renew = useRenewCodes();
  return (
    <PasswordForm
      action="Make new codes"
      error={renew.error}
      pending={renew.isPending}
      onPassword={(password) => renew.mutate(password, { onSuccess: ({ recovery_codes }) => onCodes(recovery_codes) })}
      onCancel={onCancel}
    >
      The codes that you have now will not work any more.
    </PasswordForm>
  );
}

function day(at: string): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
