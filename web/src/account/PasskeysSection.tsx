import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';

import { useHasPasskeys } from '@/auth/passkeys';

import { NewPasskey } from './NewPasskey';
import { PasskeyRow } from './PasskeyRow';
import { RecoveryCodes } from './RecoveryCodes';
import { useSecondFactors } from './secondFactors';
import { Section } from './Section';

/** The passkeys that one can sign in by. */
export function PasskeysSection() {
  const factors = useSecondFactors().data;
  const passkeys = factors?.passkeys ?? [];
  const others = passkeys.length > 1 ? 'passkeys' : factors?.totp ? 'codes' : 'none';
  const isUsable = useHasPasskeys();
  const [adding, setAdding] = useState(false);
  const [codes, setCodes] = useState<string[]>([]);
  const onAdded = (made: string[]) => {
    setAdding(false);
    setCodes(made);
  };
  return (
    <Section
      title="Passkeys"
      hint="Sign in by fingerprint, face, PIN or security key: without a password, or as the second factor after it."
    >
      {codes.length > 0 && <RecoveryCodes codes={codes} onDone={() => setCodes([])} />}
      {passkeys.length > 0 && (
        <Stack component="ul" gap="md" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Your passkeys">
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} others={others} />
          ))}
        </Stack>
      )}
      {!isUsable && (
        <Text size="sm">This browser, or the address by which you came here, does not let passkeys be used.</Text>
      )}
      {isUsable && !adding && (
        <Group>
          <Button onClick={() => setAdding(true)}>Add a passkey</Button>
        </Group>
      )}
      {adding && <NewPasskey onAdded={onAdded} onCancel={() => setAdding(false)} />}
    </Section>
  );
}
