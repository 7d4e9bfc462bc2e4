-- Copies of a session's files. Texts are kept once per session, however many snapshots have them.
CREATE TABLE snapshots (
    id uuid NOT NULL PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    kind text NOT NULL,
    -- Of those that nobody asked for the oldest make room.
    automatic boolean NOT NULL,
    name text,
    user_id uuid REFERENCES users (id) ON DELETE SET NULL,
    execution_id uuid,
    -- SHA-256 of all paths and texts.
    digest bytea NOT NULL,
    files bigint NOT NULL,
    bytes bigint NOT NULL,
    created_at bigint NOT NULL
) {clustered};
CREATE INDEX snapshots_by_session ON snapshots (session_id, created_at, id);
CREATE TABLE snapshot_files (
    snapshot_id uuid NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
    path text NOT NULL,
    -- SHA-256 of the text.
    hash bytea NOT NULL,
    PRIMARY KEY (snapshot_id, path)
) {clustered};
-- As bytes: texts may hold U+0000.
CREATE TABLE snapshot_texts (
    session_id uuid NOT NULL REFERENCES sessions (id),
    hash bytea NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (session_id, hash)
);

-- Where a log begins whose older part was purged: the document as of that position.
CREATE TABLE history_starts (
    session_id uuid NOT NULL PRIMARY KEY REFERENCES sessions (id),
    seq bigint NOT NULL,
    at bigint NOT NULL,
    base bytea NOT NULL
);
