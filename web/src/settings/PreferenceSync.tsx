import { useMantineColorScheme } from '@mantine/core';
import { useEffect } from 'react';

import { useAuth } from '@/auth/useAuth';
import { useSelected } from '@/lib/store';

import { loadPreferences } from './account';
import { preferences } from './preferences';

/** Keeps this page as the account's owner likes it: asks at the start, and whenever the page is looked at again. */
export function PreferenceSync() {
  const state = useAuth();
  const account = state.status === 'signed-in' && !state.user.guest_of ? state.user.id : null;
  useEffect(() => {
    if (account === null) return;
    // What cannot be asked for stays as it is here.
    const load = () => {
      if (document.visibilityState === 'visible') void loadPreferences().catch(() => undefined);
    };
    load();
    document.addEventListener('visibilitychange', load);
    return () => document.removeEventListener('visibilitychange', load);
  }, [account]);

  const theme = useSelected(preferences, (chosen) => chosen.theme);
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => setColorScheme(theme), [theme, setColorScheme]);
  return null;
}
