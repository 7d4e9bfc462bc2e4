ALTER TABLE users ADD COLUMN platform_admin boolean NOT NULL DEFAULT false;
CREATE INDEX users_by_creation ON users (created_at, id) WHERE guest_of IS NULL;
CREATE INDEX users_admins ON users (created_at, id) WHERE platform_admin;

-- Who did what to whom. Rows are added, and removed by age; never changed. No reference to users: an entry outlives them.
CREATE TABLE audit_entries (
    id uuid NOT NULL PRIMARY KEY,
    at bigint NOT NULL,
    act text NOT NULL,
    actor_id uuid,
    -- The user name at that time.
    actor text,
    user_id uuid,
    session_id uuid,
    object_id uuid,
    detail text,
    channel text NOT NULL,
    address text,
    request_id text
) {clustered};
CREATE INDEX audit_by_time ON audit_entries (at, id);
CREATE INDEX audit_by_act ON audit_entries (act, at, id);
CREATE INDEX audit_by_actor ON audit_entries (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_by_user ON audit_entries (user_id, at, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_by_session ON audit_entries (session_id, at, id) WHERE session_id IS NOT NULL;
CREATE INDEX audit_by_address ON audit_entries (address, at, id) WHERE address IS NOT NULL;

-- What a user may use, where that is not the platform's default.
CREATE TABLE quotas (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    executions bigint,
    sessions bigint,
    storage_bytes bigint
) {clustered};

-- Processes, as they last said.
CREATE TABLE nodes (
    id text NOT NULL PRIMARY KEY,
    host text NOT NULL,
    -- Comma-separated.
    roles text NOT NULL,
    slots bigint NOT NULL,
    busy bigint NOT NULL,
    version text NOT NULL,
    started_at bigint NOT NULL,
    seen_at bigint NOT NULL
) {clustered};

CREATE INDEX executions_by_creation ON executions (created_at, id);
CREATE INDEX sessions_by_owner ON sessions (owner_id);
CREATE INDEX sessions_all_by_change ON sessions (updated_at, id);
