import classes from './Chat.module.css';
import { formatTime } from './days';
import { sentence, type SystemMessage } from './sentence';

/** What the session tells of itself. */
export function SystemRow({ message }: { message: SystemMessage }) {
  return (
    <li className={classes.system} data-testid="chat-line">
      {sentence(message)} <time dateTime={message.created_at}>{formatTime(message.created_at)}</time>
    </li>
  );
}
