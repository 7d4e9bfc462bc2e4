// A page as a person would review it: its picture, its faults of accessibility, and what does not fit.

import AxeBuilder from '@axe-core/playwright';

import { expect } from './fixtures.mjs';

export const WIDE = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

/** What the rules of WCAG 2.1, A and AA, find on the page. */
async function violations(page) {
  // Our pages have no frames, for which the other mode opens a page each time.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`,
  );
}

/** In the page: waits for what fades or moves in, not for what moves for ever. */
export function settle() {
  const ending = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations !== Infinity);
  return Promise.all(ending.map(({ finished }) => finished.catch(() => null))).then(() => undefined);
}

/** Checks the page as it is now and takes its picture. */
export async function review(page, name) {
  await page.evaluate(settle);
  await page.screenshot({ path: `test-results/screens/${name}.png` });
  let found = await violations(page);
  if (found.length > 0) {
    // A tooltip may have begun to fade in under the pointer meanwhile; a fault of the page is there the second time too.
    await page.evaluate(settle);
    found = await violations(page);
  }
  expect(found, name).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, `${name} is as wide as the window`).toBeLessThanOrEqual(0);
}
