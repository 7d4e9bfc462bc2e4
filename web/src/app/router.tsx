import { createBrowserRouter } from 'react-router';

import { ForgotPage } from '@/auth/ForgotPage';
import { LoginPage } from '@/auth/LoginPage';
import { RegisterPage } from '@/auth/RegisterPage';
import { ResetPage } from '@/auth/ResetPage';
import { SignedIn } from '@/auth/SignedIn';
import { VerifyPage } from '@/auth/VerifyPage';
import { HomePage } from '@/home/HomePage';
import { Waiting } from '@/ui/Waiting';

import { Frame } from './Frame';
import { Broken, NotFound } from './Message';

/** Every page. The workspace brings the editor and loads on its own. */
export const router = createBrowserRouter([
  {
    element: <Frame />,
    errorElement: <Broken />,
    hydrateFallbackElement: <Waiting />,
    children: [
      { index: true, element: <HomePage /> },
      { path: 'login', element: <LoginPage /> },
      { path: 'register', element: <RegisterPage /> },
      { path: 'forgot-password', element: <ForgotPage /> },
      { path: 'reset-password', element: <ResetPage /> },
      { path: 'verify-email', element: <VerifyPage /> },
      {
        element: <SignedIn />,
        children: [
          {
            path: 'account/:tab?',
            lazy: async () => ({ Component: (await import('@/account/AccountPage')).AccountPage }),
          },
          {
            path: 'admin/:tab?',
            lazy: async () => ({ Component: (await import('@/admin/AdminPage')).AdminPage }),
          },
          {
            path: 's/:id',
            lazy: async () => ({ Component: (await import('@/workspace/SessionPage')).SessionPage }),
          },
          {
            path: 's/:id/playback',
            lazy: async () => ({ Component: (await import('@/playback/PlaybackPage')).PlaybackPage }),
          },
        ],
      },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
