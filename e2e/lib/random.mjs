// Randomness that can be had again: each run prints its seed, and SEED=… repeats it.

export class Random {
  #state;

  constructor(seed) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** From the seed in the environment, or a new one; the test says which. */
  static ofThisRun(test) {
    const seed = process.env.SEED === undefined ? Date.now() % 2 ** 31 : Number(process.env.SEED);
    if (!Number.isInteger(seed)) throw new Error(`SEED must be a whole number, not ${process.env.SEED}`);
    test.diagnostic(`seed ${seed}; again with SEED=${seed}`);
    return new Random(seed);
  }

  /** Mulberry32: from 0 up to, not including, 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, not including, `bound`. */
  below(bound) {
    return Math.floor(this.next() * bound);
  }

  chance(share) {
    return this.next() < share;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  word() {
    return this.next()
      .toString(36)
      .slice(2, 3 + this.below(8));
  }
}
