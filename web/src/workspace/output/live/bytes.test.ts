import { expect, it } from 'vitest';

import { decodeBytes, pieces } from './bytes';

it('keeps text as text and base64 as bytes', () => {
  expect(decodeBytes('aGk=', undefined)).toBe('aGk=');
  expect(decodeBytes('/wA=', 'base64')).toEqual(new Uint8Array([255, 0]));
});

it('cuts a large paste into frames, between characters', () => {
  const text = '😀\u0003'.repeat(12_001);
  const cut = pieces(text);
  expect(cut.join('')).toBe(text);
  for (const piece of cut) {
    expect(new TextEncoder().encode(JSON.stringify(piece)).length).toBeLessThan(64 * 1024 - 100);
    // Throws where a character is cut in two.
    encodeURIComponent(piece);
  }
  expect(pieces('')).toEqual([]);
});
