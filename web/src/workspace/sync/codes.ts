/** Close codes of the server's WebSockets (DESIGN "Editing together"): the token is not valid (any more). */
export const SIGN_IN = 4401;
/** The role does not allow it. */
export const NOT_ALLOWED = 4403;
/** There is no such session, or none that this user may know of. */
export const GONE = 4404;
/** Too many connections of this user or address: another must end first. */
export const TOO_MANY = 4429;
