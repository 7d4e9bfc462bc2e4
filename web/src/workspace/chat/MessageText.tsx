import type { Person } from '@/api/types';

import classes from './Chat.module.css';
import { tokens } from './tokens';

interface Props {
  text: string;
  /** Those whom the server says it names. */
  mentioned: readonly Person[];
  me: string;
}

/** A message's text, with links, code and names. Everything else is shown as it was written. */
export function MessageText({ text, mentioned, me }: Props) {
  return (
    <span className={classes.text}>
      {tokens(text, mentioned).map((token, index) => {
        switch (token.kind) {
          case 'code':
            return <code key={index}>{token.text}</code>;
          case 'link':
            return (
              <a key={index} href={token.href} target="_blank" rel="noopener noreferrer nofollow">
                {token.text}
              </a>
            );
          case 'mention':
            return (
              <span key={index} className={classes.mention} data-me={token.id === me || undefined}>
                {token.text}
              </span>
            );
          case 'text':
            return token.text;
        }
      })}
    </span>
  );
}
