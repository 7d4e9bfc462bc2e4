import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** How long the way back is offered, in ms. */
const OFFERED = 12_000;

/** Says that a session was deleted, and offers the way back. */
export function showUndo(title: string, restore: () => Promise<void>): void {
  const id = notifications.show({
    autoClose: OFFERED,
    role: 'status',
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" lineClamp={2}>
          “{title}” was deleted.
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            void restore();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}
