import { Group, Input, NumberInput, SegmentedControl, Select, Stack } from '@mantine/core';

import { useSelected, useStore } from '@/lib/store';
import { useLanguages } from '@/workspace/queries';

import { choose } from './account';
import { FONT_SIZES, preferences, TAB_SIZES } from './preferences';

/** Light, dark, or as the system has it. */
export function ThemeSetting() {
  const theme = useSelected(preferences, (chosen) => chosen.theme);
  return (
    <Stack gap={4}>
      <Input.Label component="div" id="theme-label">
        Theme
      </Input.Label>
      <SegmentedControl
        aria-labelledby="theme-label"
        value={theme}
        onChange={(value) => choose({ theme: value })}
        data={[
          { label: 'System', value: 'auto' },
          { label: 'Light', value: 'light' },
          { label: 'Dark', value: 'dark' },
        ]}
      />
    </Stack>
  );
}

/** Sizes in the editor. */
export function EditorSettings() {
  const { fontSize, tabSize } = useStore(preferences);
  return (
    <Group grow>
      <NumberInput
        label="Font size"
        suffix=" px"
        value={fontSize}
        {...FONT_SIZES}
        clampBehavior="strict"
        onChange={(value) => typeof value === 'number' && choose({ fontSize: Math.max(value, FONT_SIZES.min) })}
      />
      <NumberInput
        label="Tab size"
        value={tabSize}
        {...TAB_SIZES}
        clampBehavior="strict"
        onChange={(value) => typeof value === 'number' && choose({ tabSize: Math.max(value, TAB_SIZES.min) })}
      />
    </Group>
  );
}

/** What the editor's keys do. */
export function KeymapSetting() {
  const keymap = useSelected(preferences, (chosen) => chosen.keymap);
  return (
    <Stack gap={4}>
      <Input.Label component="div" id="keymap-label">
        Keys
      </Input.Label>
      <SegmentedControl
        aria-labelledby="keymap-label"
        value={keymap}
        onChange={(value) => choose({ keymap: value })}
        data={[
          { label: 'Standard', value: 'standard' },
          { label: 'Vim', value: 'vim' },
          { label: 'Emacs', value: 'emacs' },
        ]}
      />
    </Stack>
  );
}

/** The language that new sessions begin with. */
export function LanguageSetting() {
  const languages = useLanguages();
  const language = useSelected(preferences, (chosen) => chosen.language);
  return (
    <Select
      label="Language of new sessions"
      placeholder="The first one"
      value={language}
      onChange={(value) => choose({ language: value })}
      data={(languages.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      clearable
      clearButtonProps={{ 'aria-label': 'No language in particular' }}
    />
  );
}
