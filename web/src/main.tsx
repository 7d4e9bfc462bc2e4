import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from '@/app/App';
import { auth } from '@/auth/auth';

void auth.start();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has an element with the id "root"');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
