/** What is kept under `key` in a storage of this browser; nothing where storage is forbidden. */
export function recall(key: string, storage: () => Storage = () => localStorage): string | null {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

/** Keeps `value` under `key`; where storage is forbidden or full, it lasts as long as the page. */
export function remember(key: string, value: string, storage: () => Storage = () => localStorage): void {
  try {
    storage().setItem(key, value);
  } catch {
    // Nothing that is kept this way is needed.
  }
}
