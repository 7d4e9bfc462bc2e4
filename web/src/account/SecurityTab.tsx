import { Stack } from '@mantine/core';
import type { ComponentType } from 'react';

import { SignOutSection } from './SignOutSection';

/** The parts of this tab, from top to bottom. */
const SECTIONS: ComponentType[] = [SignOutSection];

/** How one proves who one is. */
export function SecurityTab() {
  return (
    <Stack maw={560}>
      {SECTIONS.map((Part) => (
        <Part key={Part.name} />
      ))}
    </Stack>
  );
}
