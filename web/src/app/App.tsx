import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './global.css';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect } from 'react';
import { RouterProvider } from 'react-router';

import { Problem } from '@/api/problem';
import { auth } from '@/auth/auth';
import { PreferenceSync } from '@/settings/PreferenceSync';

import { router } from './router';
import { cssVariables, theme } from './theme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused, it will refuse again.
      retry: (failures, error) =>
        failures < 3 && !(error instanceof Problem && error.status < 500 && error.status !== 429),
    },
  },
});

/** The whole page. */
export function App() {
  useEffect(forgetOnUserChange, []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <PreferenceSync />
        <Notifications position="bottom-right" autoClose={5000} />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** Nothing that one user has fetched is shown to the next. */
function forgetOnUserChange(): () => void {
  const userId = () => {
    const state = auth.state.get();
    return state.status === 'signed-in' ? state.user.id : null;
  };
  let current = userId();
  return auth.state.subscribe(() => {
    if (userId() === current) return;
    if (current !== null) client.clear();
    current = userId();
  });
}
