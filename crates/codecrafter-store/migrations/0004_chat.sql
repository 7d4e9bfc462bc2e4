-- What stands in a session's chat.
CREATE TABLE messages (
    -- The line of a run has the run's id: its outcome is read from there.
    id uuid NOT NULL PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    author_id uuid NOT NULL REFERENCES users (id),
    text text NOT NULL,
    -- The ids of those whom the text names, as JSON.
    mentions text NOT NULL,
    -- What the session tells of itself, as JSON; nothing for what people write.
    line text,
    -- How a repetition is known, chosen by the author's client.
    nonce text,
    created_at bigint NOT NULL,
    edited_at bigint,
    deleted_at bigint
) {clustered};
CREATE INDEX messages_by_session ON messages (session_id, created_at, id);
CREATE UNIQUE INDEX messages_by_nonce ON messages (session_id, author_id, nonce) WHERE nonce IS NOT NULL;

-- How far each participant has read: the place of that message.
CREATE TABLE message_reads (
    session_id uuid NOT NULL REFERENCES sessions (id),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at bigint NOT NULL,
    message_id uuid NOT NULL,
    PRIMARY KEY (session_id, user_id)
) {clustered};

-- What the owner and admins write for themselves.
CREATE TABLE notes (
    session_id uuid NOT NULL PRIMARY KEY REFERENCES sessions (id),
    text text NOT NULL,
    version bigint NOT NULL,
    updated_by uuid NOT NULL REFERENCES users (id),
    updated_at bigint NOT NULL
);
