import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import type { FileEntry } from './files';
import { newPathProblem } from './path';

interface Props {
  opened: boolean;
  /** The file to rename; a new one without. */
  file: FileEntry | null;
  /** The other files' paths. */
  others: string[];
  onClose: () => void;
  onNamed: (path: string) => void;
}

/** Asks for a file's name. */
export function FileNameModal({ opened, onClose, ...props }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={props.file ? 'Rename file' : 'New file'} size="sm">
      <NameForm {...props} />
    </Modal>
  );
}

function NameForm({ file, others, onNamed }: Omit<Props, 'opened' | 'onClose'>) {
  const [path, setPath] = useState(file?.path ?? '');
  const [tried, setTried] = useState(false);
  const problem = newPathProblem(path, others);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (problem === null) onNamed(path);
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <TextInput
          label="Name"
          description="With / for folders, such as util/text.py"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
          error={(tried || path !== '') && problem}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit">{file ? 'Rename' : 'Add file'}</Button>
        </Group>
      </Stack>
    </form>
  );
}
