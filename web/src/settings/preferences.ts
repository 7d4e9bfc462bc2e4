import { recall, remember } from '@/lib/storage';
import { Store } from '@/lib/store';

export type Theme = 'auto' | 'light' | 'dark';
export type Keymap = 'standard' | 'vim' | 'emacs';

/** How a person likes the page: kept with the account, and here for the moment before that is known. */
export interface Preferences {
  theme: Theme;
  /** What the editor's keys do. */
  keymap: Keymap;
  /** Of the editor and the output, in px. */
  fontSize: number;
  /** Blanks per indentation. */
  tabSize: number;
  /** The id of the language of new sessions; the server's first one where null. */
  language: string | null;
}

const KEY = 'codecrafter-preferences';
const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const KEYMAPS: readonly Keymap[] = ['standard', 'vim', 'emacs'];
export const DEFAULTS: Preferences = { theme: 'auto', keymap: 'standard', fontSize: 14, tabSize: 4, language: null };

/** The bounds of the settings; stored values outside are brought back inside. */
export const FONT_SIZES = { min: 10, max: 24 };
export const TAB_SIZES = { min: 1, max: 8 };

/** Kept in the browser's storage where that is allowed. */
export const preferences = new Store<Preferences>(read());
preferences.subscribe(() => remember(KEY, JSON.stringify(preferences.get())));

function read(): Preferences {
  try {
    return checked(JSON.parse(recall(KEY) ?? '{}') as Partial<Record<keyof Preferences, unknown>>);
  } catch {
    return DEFAULTS;
  }
}

/** What of these values can be used; the defaults for the rest. */
export function checked(stored: Partial<Record<keyof Preferences, unknown>>): Preferences {
  return {
    theme: THEMES.find((theme) => theme === stored.theme) ?? DEFAULTS.theme,
    keymap: KEYMAPS.find((keymap) => keymap === stored.keymap) ?? DEFAULTS.keymap,
    fontSize: within(stored.fontSize, FONT_SIZES, DEFAULTS.fontSize),
    tabSize: within(stored.tabSize, TAB_SIZES, DEFAULTS.tabSize),
    language: typeof stored.language === 'string' ? stored.language : null,
  };
}

function within(value: unknown, { min, max }: { min: number; max: number }, fallback: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return fallback;
  return Math.min(Math.max(Math.round(value), min), max);
}
