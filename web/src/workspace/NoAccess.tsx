import { Message } from '@/app/Message';

/** A session that does not exist and one that is closed to this user look the same. */
export function NoAccess() {
  return (
    <Message title="No such session for you">
      It may have been deleted, or you need an invite: ask whoever is in it for the link.
    </Message>
  );
}
