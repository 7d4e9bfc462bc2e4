import { Badge, NativeSelect } from '@mantine/core';

import { useWorkspace } from '../context';
import { useLanguages } from '../queries';
import { atLeast } from '../roles';
import { useUpdateSession } from './useUpdateSession';

/** The language that Run uses, which admins choose. */
export function LanguageField() {
  const { session, role } = useWorkspace();
  const update = useUpdateSession(session.id);
  const languages = useLanguages().data ?? [];
  const known = languages.find(({ id }) => id === session.language);
  if (!atLeast(role, 'admin')) {
    return (
      <Badge variant="default" tt="none" fw={500} size="lg" radius="sm" style={{ flexShrink: 0 }}>
        {known?.name ?? session.language}
      </Badge>
    );
  }
  const options = languages.map(({ id, name }) => ({ value: id, label: name }));
  if (!known) options.push({ value: session.language, label: session.language });
  return (
    <NativeSelect
      aria-label="Language"
      size="xs"
      value={session.language}
      data={options}
      onChange={(event) => update.mutate({ language: event.currentTarget.value })}
    />
  );
}
