import { Center, Loader, Stack, Text } from '@mantine/core';

interface Props {
  message?: string | undefined;
}

/** A page that is still on its way. */
export function Waiting({ message }: Props) {
  return (
    <Center mih="60vh" role="status" aria-label={message ?? 'Loading'}>
      <Stack align="center" gap="sm">
        <Loader size="sm" type="dots" />
        {message && <Text c="dimmed">{message}</Text>}
      </Stack>
    </Center>
  );
}
