import { Button, Group, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  opened: boolean;
  title: string;
  /** What the button says. */
  action: string;
  loading: boolean;
  /** Whether something is lost for good. */
  harmless?: boolean;
  children: ReactNode;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before something that many people notice. */
export function Confirm({ opened, title, action, loading, harmless = false, children, onClose, onConfirm }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Text size="sm">{children}</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button {...(harmless ? {} : { color: 'red.9' })} loading={loading} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Modal>
  );
}
