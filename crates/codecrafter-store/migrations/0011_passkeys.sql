-- Passkeys (WebAuthn credentials).

CREATE TABLE passkeys (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- By what authenticators know it.
    credential_id bytea NOT NULL UNIQUE,
    -- Public key, flags and counter as the server last saw them, in JSON. No secret.
    credential text NOT NULL,
    -- The counter of it again: of two uses side by side the later one must count further.
    counter bigint NOT NULL,
    backed_up boolean NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint
) {clustered};
CREATE INDEX passkeys_by_user ON passkeys (user_id, created_at, id);

-- What the server asked a browser and has no answer to yet; each is gone once it was answered.
CREATE TABLE passkey_ceremonies (
    hash bytea NOT NULL PRIMARY KEY,
    -- Null where nobody has said yet who they are.
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    state bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) {clustered};
CREATE INDEX passkey_ceremonies_by_user ON passkey_ceremonies (user_id, created_at);
CREATE INDEX passkey_ceremonies_by_expiry ON passkey_ceremonies (expires_at);
