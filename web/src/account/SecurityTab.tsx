import { Stack } from '@mantine/core';
import type { ComponentType } from 'react';

import { IdentitiesSection } from './IdentitiesSection';
import { PasswordSection } from './PasswordSection';
import { PasskeysSection } from './PasskeysSection';
import { SecondFactorSection } from './SecondFactorSection';
import { SignOutSection } from './SignOutSection';

/** The parts of this tab, from top to bottom. */
const SECTIONS: ComponentType[] = [
  PasswordSection,
  SecondFactorSection,
  PasskeysSection,
  IdentitiesSection,
  SignOutSection,
];

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
