import type { Person } from '@/api/types';

/** A stretch of a message's text. */
export type Token =
  | { kind: 'text' | 'code'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'mention'; text: string; id: string };

const SPECIAL = /`([^`\n]+)`|https?:\/\/[^\s<>"'`]+|(?<![\p{L}\p{N}@])@[a-z0-9][a-z0-9_-]*/giu;
/** What ends a sentence rather than an address. */
const TRAILING = /[.,;:!?)\]}]+$/u;

/** A text in stretches: code between backticks, links, and the names of those whom it mentions. */
export function tokens(text: string, mentioned: readonly Person[]): Token[] {
  const found: Token[] = [];
  let end = 0;
  const plain = (upTo: number) => {
    if (upTo > end) found.push({ kind: 'text', text: text.slice(end, upTo) });
    end = upTo;
  };
  for (const match of text.matchAll(SPECIAL)) {
    const token = tokenOf(match[0], match[1], mentioned);
    if (!token) continue;
    plain(match.index);
    found.push(token);
    // The backticks themselves are not shown.
    end += token.kind === 'code' ? match[0].length : token.text.length;
  }
  plain(text.length);
  return found;
}

function tokenOf(whole: string, code: string | undefined, mentioned: readonly Person[]): Token | null {
  if (code !== undefined) return { kind: 'code', text: code };
  return whole.startsWith('@') ? mention(whole, mentioned) : link(whole);
}

function link(whole: string): Token | null {
  const text = whole.replace(TRAILING, '');
  if (!URL.canParse(text)) return null;
  return { kind: 'link', text, href: new URL(text).href };
}

// A dash or underscore after a name may belong to the sentence, as on the server.
function mention(whole: string, mentioned: readonly Person[]): Token | null {
  const name = whole.slice(1).toLowerCase();
  const fits = ({ username }: Person) => name.startsWith(username) && /^[-_]*$/u.test(name.slice(username.length));
  const person = mentioned.filter(fits).sort((a, b) => b.username.length - a.username.length)[0];
  return person ? { kind: 'mention', text: whole.slice(0, person.username.length + 1), id: person.id } : null;
}
