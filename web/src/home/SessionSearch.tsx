import { Group, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';

import { useLanguages } from '@/workspace/queries';

import type { Search, Sort } from './useSessionPages';

interface Props {
  search: Search;
  onChange: (search: Search) => void;
}

/** Which sessions are listed. */
export function SessionSearch({ search, onChange }: Props) {
  const languages = useLanguages();
  const all = { value: '', label: 'All languages' };
  const known = languages.data?.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  return (
    <Group mb="sm" gap="sm">
      <SegmentedControl
        aria-label="Which sessions"
        value={search.scope}
        onChange={(scope) => onChange({ ...search, scope })}
        data={[
          { label: 'Mine', value: 'mine' },
          { label: 'Public', value: 'public' },
          { label: 'Deleted', value: 'deleted' },
        ]}
      />
      <TextInput
        type="search"
        aria-label="Search sessions"
        placeholder={search.scope === 'public' ? 'Search titles and people' : 'Search'}
        leftSection={<IconSearch size={16} />}
        value={search.q}
        onChange={(event) => onChange({ ...search, q: event.currentTarget.value })}
        maxLength={100}
        flex="1 1 180px"
      />
      <NativeSelect
        aria-label="Language"
        value={search.language}
        data={[all, ...known]}
        onChange={(event) => onChange({ ...search, language: event.currentTarget.value })}
        flex="0 1 150px"
      />
      {search.scope !== 'deleted' && (
        <NativeSelect
          aria-label="Order"
          value={search.sort}
          data={[
            { value: 'changed', label: 'Last changed' },
            { value: 'created', label: 'Newest' },
          ]}
          onChange={(event) => onChange({ ...search, sort: event.currentTarget.value as Sort })}
          flex="0 1 150px"
        />
      )}
    </Group>
  );
}
