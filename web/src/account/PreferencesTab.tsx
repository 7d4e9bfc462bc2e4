import { Stack } from '@mantine/core';

import { EditorSettings, ThemeSetting } from '@/settings/fields';

import { Section } from './Section';

/** How the page looks and behaves for this user. */
export function PreferencesTab() {
  return (
    <Stack maw={560}>
      <Section title="Appearance">
        <ThemeSetting />
      </Section>
      <Section title="Editor">
        <EditorSettings />
      </Section>
    </Stack>
  );
}
