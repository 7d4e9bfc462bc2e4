-- What shows who signs in besides the password.

CREATE TABLE totp_secrets (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Encrypted by the server.
    secret bytea NOT NULL,
    created_at bigint NOT NULL,
    -- Since when it is asked for; not yet where null.
    confirmed_at bigint,
    -- The latest step of 30 seconds whose code was taken: neither it nor any before is taken again.
    spent_step bigint NOT NULL
) {clustered};

-- Each is gone once it was used.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256 of the user's id and 80 random bits.
    hash bytea NOT NULL,
    PRIMARY KEY (user_id, hash)
) {clustered};

-- Logins that wait for the second factor; the password was right.
CREATE TABLE login_challenges (
    hash bytea NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    tries bigint NOT NULL
) {clustered};
CREATE INDEX login_challenges_by_user ON login_challenges (user_id, created_at);
