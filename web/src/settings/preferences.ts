import { recall, remember } from '@/lib/storage';
import { Store } from '@/lib/store';

/** What a person has chosen on this device. */
export interface Preferences {
  /** Of the editor and the output, in px. */
  fontSize: number;
  /** Blanks per indentation. */
  tabSize: number;
}

const KEY = 'codecrafter-preferences';
export const DEFAULTS: Preferences = { fontSize: 14, tabSize: 4 };

/** The bounds of the settings dialog; stored values outside are brought back inside. */
export const FONT_SIZES = { min: 10, max: 24 };
export const TAB_SIZES = { min: 1, max: 8 };

/** Kept in the browser's storage where that is allowed. */
export const preferences = new Store<Preferences>(read());
preferences.subscribe(() => remember(KEY, JSON.stringify(preferences.get())));

function read(): Preferences {
  try {
    const stored = JSON.parse(recall(KEY) ?? '{}') as Partial<Record<keyof Preferences, unknown>>;
    return {
      fontSize: within(stored.fontSize, FONT_SIZES, DEFAULTS.fontSize),
      tabSize: within(stored.tabSize, TAB_SIZES, DEFAULTS.tabSize),
    };
  } catch {
    return DEFAULTS;
  }
}

function within(value: unknown, { min, max }: { min: number; max: number }, fallback: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return fallback;
  return Math.min(Math.max(Math.round(value), min), max);
}
