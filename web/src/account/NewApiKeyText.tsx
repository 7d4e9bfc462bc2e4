import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';

interface Props {
  text: string;
  onDone: () => void;
}

/** Shows a key that was just made, the only time that it can be seen. */
export function NewApiKeyText({ text, onDone }: Props) {
  return (
    <Alert title="Your new API key" icon={<IconKey />} role="status">
      <Stack gap="sm">
        <Text size="sm">Copy it now: it is not shown again.</Text>
        <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }} aria-label="API key">
          {text}
        </Code>
        <Group gap="xs">
          <CopyButton value={text}>
            {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
          </CopyButton>
          <Button variant="default" onClick={onDone}>
            Done
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
