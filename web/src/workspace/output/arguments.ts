/** Arguments as typed, or what is wrong with them. */
export type ParsedArguments = { args: string[] } | { problem: string };

/**
 * Splits a line into arguments as a shell would: at blanks, with '…' and "…" and \ for those that
 * hold blanks. Nothing is ever expanded.
 */
export function parseArguments(line: string): ParsedArguments {
  const args: string[] = [];
  let current: string | null = null;
  let quote: string | null = null;
  for (let index = 0; index < line.length; index += 1) {
    const char = line[index] ?? '';
    if (char === '\\' && quote !== "'") {
      index += 1;
      if (index === line.length) return { problem: 'A \\ must be followed by a character.' };
      current = (current ?? '') + (line[index] ?? '');
    } else if (quote !== null) {
      if (char === quote) quote = null;
      else current = (current ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      current ??= '';
    } else if (/\s/u.test(char)) {
      if (current !== null) args.push(current);
      current = null;
    } else {
      current = (current ?? '') + char;
    }
  }
  if (quote !== null) return { problem: `A closing ${quote} is missing.` };
  if (current !== null) args.push(current);
  return { args };
}
