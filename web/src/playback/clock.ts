/** A pause between two edits is shown no longer than this (ms). */
export const LONGEST_PAUSE = 3_000;

/** The time of a playback: the real one, with long pauses cut short. */
export class Clock {
  /** Real times at which something happened, rising. */
  readonly #real: number[];
  /** The same moments in the playback's time. */
  readonly #played: number[];

  /** `moments` (ms since 1970) in any order; there must be one. */
  constructor(moments: number[]) {
    this.#real = [...moments].sort((a, b) => a - b);
    let played = 0;
    this.#played = this.#real.map((moment, index) => {
      const before = this.#real[index - 1];
      if (before !== undefined) played += Math.min(moment - before, LONGEST_PAUSE);
      return played;
    });
  }

  /** How long the playback takes at normal speed, in ms. */
  get length(): number {
    return this.#played.at(-1) ?? 0;
  }

  /** When in the playback a real moment is. */
  toPlayed(real: number): number {
    return translate(real, this.#real, this.#played);
  }

  /** Which real moment a place in the playback is. */
  toReal(played: number): number {
    return translate(played, this.#played, this.#real);
  }
}

/** Between two known moments time goes on evenly. */
function translate(value: number, from: number[], to: number[]): number {
  const index = lastUpTo(from, value);
  const start = from[index];
  const there = to[index];
  if (start === undefined || there === undefined) return to[0] ?? 0;
  const nextStart = from[index + 1];
  const nextThere = to[index + 1];
  if (nextStart === undefined || nextThere === undefined || nextStart === start) return there;
  return there + ((value - start) / (nextStart - start)) * (nextThere - there);
}

/** Index of the last item that is not beyond `value`; -1 if all are. */
export function lastUpTo(items: readonly number[], value: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** `4:05`, or `1:04:05`. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours = 0, minutes = 0, rest = 0] = parts;
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
