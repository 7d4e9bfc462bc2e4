-- What programs sign in with.
CREATE TABLE api_keys (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- SHA-256 of the key's secret part, which has 256 random bits.
    hash bytea NOT NULL,
    -- Words, as JSON.
    scopes text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint
) {clustered};
CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);
