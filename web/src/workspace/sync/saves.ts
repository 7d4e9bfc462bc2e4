import { Store } from '@/lib/store';

/** Whether this device's edits are stored: all of them, not yet, or not for now. */
export type SaveState = 'saved' | 'saving' | 'failing';

/**
 * After an edit, this long (ms) must pass before a "saved" counts: one that comes sooner may speak
 * of a batch that was closed before the edit arrived.
 */
export const SETTLE = 300;
/**
 * After a reconnect, this long (ms) without news means that the server had every edit already, so
 * that it has nothing to store and nothing to tell.
 */
export const QUIET = 3_000;

/** Follows whether local edits have been stored, from what the server tells. */
export class SaveTracker {
  readonly state = new Store<SaveState>('saved');
  #synced = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a "saved" has come since the last edit. */
  #confirmed = true;
  #lastEdit = 0;

  /** A local edit was made. */
  edited(): void {
    this.#lastEdit = Date.now();
    this.#confirmed = false;
    if (this.state.get() === 'saved') this.state.set('saving');
    this.#cancel();
  }

  /** The connection has everything that either side had, or has been lost. */
  setSynced(synced: boolean): void {
    this.#synced = synced;
    this.#cancel();
    if (synced && this.state.get() !== 'saved') this.#after(QUIET, () => this.state.set('saved'));
  }

  /** The server has stored what it had received. */
  saved(): void {
    if (!this.#synced || this.state.get() === 'saved') return;
    this.#confirmed = true;
    this.#cancel();
    const wait = this.#lastEdit + SETTLE - Date.now();
    if (wait <= 0) this.state.set('saved');
    else this.#after(wait, () => this.#confirmed && this.state.set('saved'));
  }

  /** The server could not store just now; it keeps trying. */
  unsaved(): void {
    this.#cancel();
    this.state.set('failing');
  }

  destroy(): void {
    this.#cancel();
  }

  #after(ms: number, action: () => void): void {
    this.#timer = setTimeout(action, ms);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
  }
}
