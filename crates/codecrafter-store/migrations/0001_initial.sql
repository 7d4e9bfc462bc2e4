-- Portable between SQLite and PostgreSQL: PostgreSQL's type names (SQLite takes any), no functions.
-- Times are microseconds since 1970 in UTC. {clustered} is the dialect's way to keep rows in the primary key itself.

CREATE TABLE users (
    id uuid NOT NULL PRIMARY KEY,
    username text NOT NULL CONSTRAINT users_username UNIQUE,
    email text NOT NULL CONSTRAINT users_email UNIQUE,
    display_name text NOT NULL,
    color text NOT NULL,
    password_hash text NOT NULL,
    created_at bigint NOT NULL
) {clustered};

CREATE TABLE logins (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ended boolean NOT NULL,
    expires_at bigint NOT NULL
) {clustered};
CREATE INDEX logins_by_user ON logins (user_id);

CREATE TABLE refresh_tokens (
    hash bytea NOT NULL PRIMARY KEY,
    login_id uuid NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    used boolean NOT NULL,
    expires_at bigint NOT NULL
) {clustered};
CREATE INDEX refresh_tokens_by_login ON refresh_tokens (login_id);

CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    title text NOT NULL,
    description text NOT NULL,
    -- Title and description in lower case: engines fold only ASCII, or nothing.
    search text NOT NULL,
    language text NOT NULL,
    visibility text NOT NULL,
    owner_id uuid NOT NULL REFERENCES users (id),
    max_participants bigint NOT NULL,
    forked_from uuid REFERENCES sessions (id),
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint
) {clustered};
CREATE INDEX sessions_by_change ON sessions (visibility, updated_at, id) WHERE deleted_at IS NULL;

CREATE TABLE participants (
    session_id uuid NOT NULL REFERENCES sessions (id),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL,
    joined_at bigint NOT NULL,
    PRIMARY KEY (session_id, user_id)
) {clustered};
CREATE INDEX participants_by_user ON participants (user_id);

CREATE TABLE invites (
    id uuid NOT NULL PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    token text NOT NULL CONSTRAINT invites_token UNIQUE,
    role text NOT NULL,
    expires_at bigint,
    max_uses bigint,
    uses bigint NOT NULL,
    created_at bigint NOT NULL
) {clustered};
CREATE INDEX invites_by_session ON invites (session_id, created_at, id);

CREATE TABLE executions (
    id uuid NOT NULL PRIMARY KEY,
    session_id uuid REFERENCES sessions (id),
    user_id uuid NOT NULL REFERENCES users (id),
    language text NOT NULL,
    status text NOT NULL,
    outcome text,
    message text,
    exit_code bigint,
    limits text NOT NULL,
    created_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    worker text,
    lease_until bigint,
    attempts bigint NOT NULL
) {clustered};
CREATE INDEX executions_by_session ON executions (session_id, created_at, id);
CREATE INDEX executions_by_user ON executions (user_id, created_at, id);
CREATE INDEX executions_unfinished ON executions (user_id, created_at) WHERE finished_at IS NULL;

-- Sources and outputs stay out of the rows that lists read. JSON as text, not jsonb: it holds U+0000.
CREATE TABLE execution_requests (
    execution_id uuid NOT NULL PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
    request text NOT NULL
);
CREATE TABLE execution_results (
    execution_id uuid NOT NULL PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
    result text NOT NULL
);

-- One row per session; the base is apart because the position changes with every edit.
CREATE TABLE documents (
    session_id uuid NOT NULL PRIMARY KEY REFERENCES sessions (id),
    last_seq bigint NOT NULL,
    base_version bigint NOT NULL
) {clustered};
CREATE TABLE document_bases (
    session_id uuid NOT NULL PRIMARY KEY REFERENCES sessions (id),
    base bytea NOT NULL
);
CREATE TABLE document_updates (
    session_id uuid NOT NULL REFERENCES sessions (id),
    seq bigint NOT NULL,
    -- No reference: the log outlives accounts.
    author uuid,
    at bigint NOT NULL,
    -- The base version that first held this update.
    folded_in bigint,
    bytes bytea NOT NULL,
    PRIMARY KEY (session_id, seq)
) {clustered};
CREATE INDEX document_updates_unfolded ON document_updates (session_id, seq) WHERE folded_in IS NULL;
