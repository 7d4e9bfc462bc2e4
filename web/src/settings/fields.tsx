import { Group, Input, NumberInput, SegmentedControl, Stack, useMantineColorScheme } from '@mantine/core';

import { useStore } from '@/lib/store';

import { FONT_SIZES, preferences, TAB_SIZES } from './preferences';

/** Light, dark, or as the system has it. */
export function ThemeSetting() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Stack gap={4}>
      <Input.Label component="div" id="theme-label">
        Theme
      </Input.Label>
      <SegmentedControl
        aria-labelledby="theme-label"
        value={colorScheme}
        onChange={setColorScheme}
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
        onChange={(value) =>
          typeof value === 'number' && preferences.patch({ fontSize: Math.max(value, FONT_SIZES.min) })
        }
      />
      <NumberInput
        label="Tab size"
        value={tabSize}
        {...TAB_SIZES}
        clampBehavior="strict"
        onChange={(value) =>
          typeof value === 'number' && preferences.patch({ tabSize: Math.max(value, TAB_SIZES.min) })
        }
      />
    </Group>
  );
}
