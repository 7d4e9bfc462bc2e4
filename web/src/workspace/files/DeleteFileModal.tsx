import { Button, Group, Modal, Text } from '@mantine/core';

import type { FileEntry } from './files';

interface Props {
  /** The file to delete; closed without. */
  file: FileEntry | null;
  onClose: () => void;
  onDelete: (id: string) => void;
}

/** Asks before a file goes for everybody: undoing brings back text, not files. */
export function DeleteFileModal({ file, onClose, onDelete }: Props) {
  const confirm = () => {
    if (file) onDelete(file.id);
    onClose();
  };
  return (
    <Modal opened={file !== null} onClose={onClose} title={`Delete ${file?.path ?? 'file'}?`} size="sm">
      <Text size="sm">It disappears for everybody in the session, with its text.</Text>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.9" onClick={confirm}>
          Delete file
        </Button>
      </Group>
    </Modal>
  );
}
