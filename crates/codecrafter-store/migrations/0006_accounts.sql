-- What people say of themselves, whether their address is theirs, and that they are gone. A deleted account keeps its
-- row, without anything that tells who it was: what it wrote in sessions of others stays.
ALTER TABLE users ADD COLUMN bio text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN links text NOT NULL DEFAULT '[]';
ALTER TABLE users ADD COLUMN email_verified boolean NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN pending_email text;
ALTER TABLE users ADD COLUMN deleted_at bigint;

-- The same for all user names that look alike. Names from before are ASCII, which is its own.
ALTER TABLE users ADD COLUMN username_key text NOT NULL DEFAULT '';
UPDATE users SET username_key = username;
CREATE UNIQUE INDEX users_username_key ON users (username_key);

-- From where, and when last.
ALTER TABLE logins ADD COLUMN created_at bigint NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN used_at bigint NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE logins ADD COLUMN address text NOT NULL DEFAULT '';

-- Links in mails, by hash; each is gone once it was used.
CREATE TABLE links (
    hash bytea NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose text NOT NULL,
    -- Where it was sent.
    email text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) {clustered};
CREATE INDEX links_by_user ON links (user_id, purpose, created_at);

CREATE TABLE preferences (
    user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    preferences text NOT NULL
) {clustered};
