// Rules for ../e2e, whose tests run in Node.js and whose functions partly run in pages.
import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['test-results'] },
  js.configs.recommended,
  { languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
