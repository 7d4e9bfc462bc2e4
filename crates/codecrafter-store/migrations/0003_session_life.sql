-- Guests: people with a name only, for one session.
ALTER TABLE users ADD COLUMN guest_of uuid REFERENCES sessions (id);
CREATE INDEX users_by_session ON users (guest_of) WHERE guest_of IS NOT NULL;

-- Accounts that may not sign in any more.
ALTER TABLE users ADD COLUMN deactivated_at bigint;

-- User name and display name in lower case, as in sessions; for those from before, the engine folds what it can.
ALTER TABLE users ADD COLUMN search text NOT NULL DEFAULT '';
UPDATE users SET search = lower(username || ' ' || display_name);

ALTER TABLE sessions ADD COLUMN waiting_room boolean NOT NULL DEFAULT false;
CREATE INDEX sessions_deleted ON sessions (deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE INDEX sessions_by_creation ON sessions (visibility, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_origin ON sessions (forked_from) WHERE forked_from IS NOT NULL;

-- By which invite somebody came; it may be gone.
ALTER TABLE participants ADD COLUMN invite_id uuid;

-- Who has asked to be let in; an invite's use was counted then.
CREATE TABLE waiting (
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL,
    invite_id uuid,
    asked_at bigint NOT NULL,
    PRIMARY KEY (session_id, user_id)
) {clustered};
CREATE INDEX waiting_by_user ON waiting (user_id);

-- Who is kept out.
CREATE TABLE bans (
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    by_id uuid NOT NULL REFERENCES users (id),
    at bigint NOT NULL,
    PRIMARY KEY (session_id, user_id)
) {clustered};
CREATE INDEX bans_by_user ON bans (user_id);
