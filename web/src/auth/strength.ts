/** How hard a password is to guess, from 0 to 4, in words and as a colour of the theme. */
export interface Strength {
  score: number;
  label: string;
  color: string;
}

const STEPS: [bits: number, label: string, color: string][] = [
  [80, 'Very strong', 'teal'],
  [60, 'Strong', 'teal'],
  [45, 'Fair', 'yellow'],
  [30, 'Weak', 'orange'],
  [0, 'Very weak', 'red'],
];

/** Bits that another character of each kind brings at most. */
const KINDS: [RegExp, number][] = [
  [/\p{Ll}|\p{Lo}/u, 26],
  [/\p{Lu}/u, 26],
  [/\p{N}/u, 10],
  [/[^\p{L}\p{N}]/u, 33],
];

/**
 * An estimate from length and variety. A character that repeats or continues what is before it brings little; words
 * are not looked up: the server refuses the passwords that are tried first.
 */
export function strength(password: string): Strength {
  const characters = Array.from(password.normalize('NFKC'));
  const alphabet = KINDS.reduce((sum, [kind, size]) => sum + (kind.test(password) ? size : 0), 0);
  const each = Math.log2(Math.max(alphabet, 2));
  const known = new Set<string>();
  let bits = 0;
  for (const [index, character] of characters.entries()) {
    const before = characters[index - 1]?.codePointAt(0) ?? Number.NaN;
    const step = Math.abs((character.codePointAt(0) ?? 0) - before);
    if (step <= 1) bits += 0.5;
    else bits += known.has(character) ? each * 0.6 : each * 0.9;
    known.add(character);
  }
  const found = STEPS.findIndex(([least]) => bits >= least);
  const [, label, color] = STEPS[found] ?? [0, 'Very weak', 'red'];
  return { score: STEPS.length - 1 - found, label, color };
}
