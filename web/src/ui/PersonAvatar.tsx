import { Avatar, Tooltip } from '@mantine/core';

import { initials } from '@/lib/format';

interface Props {
  name: string;
  color: string;
  /** More about them, after the name. */
  note?: string | undefined;
  size?: number;
}

/** A person as a coloured circle with initials; the whole name on pointing. */
export function PersonAvatar({ name, color, note, size = 26 }: Props) {
  const label = note ? `${name} (${note})` : name;
  return (
    <Tooltip label={label}>
      <Avatar
        role="img"
        aria-label={label}
        size={size}
        radius="xl"
        styles={{ placeholder: { backgroundColor: color, color: '#fff', fontSize: size * 0.4 } }}
      >
        {initials(name)}
      </Avatar>
    </Tooltip>
  );
}
