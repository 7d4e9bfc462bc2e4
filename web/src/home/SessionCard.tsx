import { Badge, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconLink, IconLock, IconWorld } from '@tabler/icons-react';
import { Link } from 'react-router';

import type { Session } from '@/api/types';
import { formatAgo } from '@/lib/format';
import { useLanguages } from '@/workspace/queries';
import { VISIBILITY_LABELS } from '@/workspace/visibility';

import classes from './SessionCard.module.css';

const ICONS = { private: IconLock, link: IconLink, public: IconWorld };

interface Props {
  session: Session;
  /** Whether it is other people's, so that its owner matters. */
  shared: boolean;
}

/** A session in the list; all of it is the link. */
export function SessionCard({ session, shared }: Props) {
  const languages = useLanguages();
  const language = languages.data?.find(({ id }) => id === session.language)?.name ?? session.language;
  const Icon = ICONS[session.visibility];
  const visibility = VISIBILITY_LABELS[session.visibility];
  return (
    <Link to={`/s/${session.id}`} className={classes.card}>
      <Stack gap={1} miw={0}>
        <Text fw={550} truncate>
          {session.title}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {shared && `${session.owner.display_name} · `}Changed {formatAgo(session.updated_at)}
        </Text>
      </Stack>
      <Group gap="xs" wrap="nowrap">
        <Badge variant="light" color="gray" tt="none" fw={500}>
          {language}
        </Badge>
        <Tooltip label={visibility}>
          <Icon size={16} aria-label={visibility} role="img" color="var(--cc-muted)" />
        </Tooltip>
      </Group>
    </Link>
  );
}
