import { Stack } from '@mantine/core';

import { EditorSettings, KeymapSetting, LanguageSetting, ThemeSetting } from '@/settings/fields';

import { Section } from './Section';

/** How the page looks and behaves for this user, on every device. */
export function PreferencesTab() {
  return (
    <Stack maw={560}>
      <Section title="Appearance" hint="On every device where you are signed in.">
        <ThemeSetting />
      </Section>
      <Section title="Editor">
        <EditorSettings />
        <KeymapSetting />
        <LanguageSetting />
      </Section>
    </Stack>
  );
}
