import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';

import { save } from '@/api/download';
import { copy } from '@/lib/clipboard';

interface Props {
  codes: string[];
  onDone: () => void;
}

/** Shows recovery codes that were just made, the only time that they can be seen. */
export function RecoveryCodes({ codes, onDone }: Props) {
  const [copied, setCopied] = useState(false);
  const lines = codes.join('\n');
  const onDownload = () => {
    const head = `Recovery codes for CodeCrafter at ${window.location.host}. Each works once.\n\n`;
    save(new Blob([`${head}${lines}\n`], { type: 'text/plain' }), 'codecrafter-recovery-codes.txt');
  };
  return (
    <Alert title="Your recovery codes" icon={<IconKey />} role="status">
      <Stack gap="sm">
        <Text size="sm">
          Each lets you in once when you do not have your second factor. Keep them somewhere safe: they are not shown
          again.
        </Text>
        <Code block aria-label="Recovery codes" style={{ overflowWrap: 'anywhere' }}>
          {lines}
        </Code>
        <Group gap="xs">
          <Button onClick={() => void copy(lines).then(setCopied)}>{copied ? 'Copied' : 'Copy'}</Button>
          <Button variant="default" onClick={onDownload}>
            Download
          </Button>
          <Button variant="default" onClick={onDone}>
            I have kept them
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
