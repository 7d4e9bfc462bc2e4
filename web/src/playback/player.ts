import { Store } from '@/lib/store';

import { Clock, lastUpTo } from './clock';
import type { Moment } from './moments';
import type { Recording } from './recording';
import { Tape } from './tape';

/** How fast a playback can go. */
export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;

/** Where a playback is. */
export interface Place {
  /** In the playback's time, ms. */
  at: number;
  /** How many edits have been made by then. */
  position: number;
}

/** Plays a recording: its position moves by itself or is moved. */
export class Player {
  readonly place: Store<Place>;
  readonly playing = new Store(false);
  readonly speed = new Store<number>(1);
  readonly clock: Clock;
  readonly tape: Tape;
  readonly #times: number[];
  #frame = 0;
  #last = 0;

  constructor(
    readonly recording: Recording,
    readonly moments: Moment[],
  ) {
    const edits = recording.edits.map(({ at }) => at);
    this.clock = new Clock([...edits, ...moments.map(({ at }) => at)]);
    this.#times = edits.map((at) => this.clock.toPlayed(at));
    this.tape = new Tape(recording);
    this.place = new Store<Place>({ at: 0, position: 0 });
    this.seek(0);
  }

  /** Where the moments are, in the playback's time. */
  timeOf(moment: Moment): number {
    return this.clock.toPlayed(moment.at);
  }

  seek(at: number): void {
    const inside = Math.min(Math.max(at, 0), this.clock.length);
    const position = lastUpTo(this.#times, inside) + 1;
    this.tape.seek(position);
    this.place.set({ at: inside, position });
  }

  /** To the next moment, or to the one before. */
  step(direction: 1 | -1): void {
    const { at } = this.place.get();
    const times = this.moments.map((moment) => this.timeOf(moment));
    const next = direction > 0 ? times.find((time) => time > at + 1) : times.findLast((time) => time < at - 1);
    this.seek(next ?? (direction > 0 ? this.clock.length : 0));
  }

  toggle(): void {
    if (this.playing.get()) return this.pause();
    if (this.place.get().at >= this.clock.length) this.seek(0);
    this.playing.set(true);
    this.#last = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  pause(): void {
    cancelAnimationFrame(this.#frame);
    this.playing.set(false);
  }

  readonly #tick = (now: number): void => {
    const passed = Math.max(now - this.#last, 0) * this.speed.get();
    this.#last = now;
    this.seek(this.place.get().at + passed);
    if (this.place.get().at >= this.clock.length) this.pause();
    else this.#frame = requestAnimationFrame(this.#tick);
  };
}
