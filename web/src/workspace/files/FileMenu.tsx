import { ActionIcon, Menu } from '@mantine/core';
import { IconChevronDown, IconPencil, IconTrash } from '@tabler/icons-react';

import type { FileEntry } from './files';

interface Props {
  file: FileEntry;
  onRename: () => void;
  onDelete: () => void;
}

/** What can be done with the open file. */
export function FileMenu({ file, onRename, onDelete }: Props) {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <ActionIcon aria-label={`Actions for ${file.path}`}>
          <IconChevronDown size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={onRename}>
          Rename…
        </Menu.Item>
        <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={onDelete}>
          Delete…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
