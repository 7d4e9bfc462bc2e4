import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const API = process.env.CODECRAFTER_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    target: 'es2022',
    rolldownOptions: { input: ['index.html', 'docs.html'] },
    // The content security policy allows no data: scripts, and files of their own cache better.
    assetsInlineLimit: 0,
    // The editor's chunk is large by nature and only loads with a session; the API page's likewise.
    chunkSizeWarningLimit: 2000,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: API, ws: true } },
  },
  test: {
    environment: 'jsdom',
    setupFiles: './src/test/setup.ts',
    restoreMocks: true,
  },
});
