import { Button, Popover } from '@mantine/core';
import { IconCheck, IconShare2 } from '@tabler/icons-react';
import { useState } from 'react';

import { copy } from '@/lib/clipboard';

import { SharePanel } from './SharePanel';
import { useShareLink } from './useShareLink';

/** How long "Link copied" stands, in ms. */
const FEEDBACK = 2_000;

/** Copies the session's link and shows who may use it. */
export function ShareButton() {
  const link = useShareLink();
  const [opened, setOpened] = useState(false);
  const [copied, setCopied] = useState(false);

  const copyLink = async () => {
    if (link === null || !(await copy(link))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), FEEDBACK);
  };
  const onClick = () => {
    if (!opened) void copyLink();
    setOpened(!opened);
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={340} trapFocus shadow="md">
      <Popover.Target>
        <Button
          data-testid="share-button"
          size="xs"
          variant="default"
          leftSection={copied ? <IconCheck size={14} /> : <IconShare2 size={14} />}
          loading={link === null}
          onClick={onClick}
        >
          <span aria-live="polite">{copied ? 'Link copied' : 'Share'}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="sm">
        <SharePanel link={link ?? ''} copied={copied} onCopy={() => void copyLink()} />
      </Popover.Dropdown>
    </Popover>
  );
}
