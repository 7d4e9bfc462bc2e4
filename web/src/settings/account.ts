import { api, unwrap } from '@/api/client';
import type { Preferences as Stored } from '@/api/types';
import { auth } from '@/auth/auth';

import { checked, preferences, type Preferences } from './preferences';

/** Counts what is chosen here, so that an answer from before does not undo it. */
let choices = 0;

/** Takes over what the account says. */
export async function loadPreferences(): Promise<void> {
  const before = choices;
  const stored = await unwrap(api.GET('/api/v1/me/preferences'));
  if (choices === before) preferences.patch(fromStored(stored));
}

/** Changes preferences, here at once and with the account. */
export function choose(patch: Partial<Preferences>): void {
  choices += 1;
  preferences.patch(patch);
  const state = auth.state.get();
  if (state.status !== 'signed-in' || state.user.guest_of) return;
  const { fontSize, tabSize, ...same } = patch;
  const body = {
    ...same,
    ...(fontSize !== undefined && { font_size: fontSize }),
    ...(tabSize !== undefined && { tab_size: tabSize }),
  };
  // Without an answer it holds on this device until the account is asked again.
  void unwrap(api.PATCH('/api/v1/me/preferences', { body })).catch(() => undefined);
}

function fromStored({ theme, keymap, font_size, tab_size, language }: Stored): Preferences {
  return checked({ theme, keymap, fontSize: font_size, tabSize: tab_size, language });
}
