import type { Extension } from '@codemirror/state';

import type { Keymap } from '@/settings/preferences';

/** The keys of other editors, which come before the usual ones. Loaded by those who want them. */
export async function keymapOf(name: Keymap): Promise<Extension> {
  if (name === 'vim') return (await import('@replit/codemirror-vim')).vim();
  if (name === 'emacs') return (await import('@replit/codemirror-emacs')).emacs();
  return [];
}
