// Waiting for conditions. Tests never sleep for a fixed time: they wait for what they are about.

/** Between two looks at a condition, in ms. */
const INTERVAL = 15;

/** A change of rights holds within a second; the rest is for machines that are busy with other things, in ms. */
export const LIVE = 5_000;

/** A moment; only for loops that look at a condition in between. */
export const moment = (ms = INTERVAL) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The first truthy value that `condition` gives. Errors of `condition` count as "not yet"; the last
 * one is told when time (ms) is up.
 */
export async function until(condition, what, timeout = 10_000) {
  const end = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) break;
    await moment();
  }
  throw new Error(`not within ${timeout} ms: ${what}`, last && { cause: last });
}

/** `promise`, or an error that says what did not come within `timeout` ms. */
export async function within(promise, what, timeout = 10_000) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${timeout} ms: ${what}`)), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
