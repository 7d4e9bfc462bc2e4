-- Who somebody is at single sign-on providers. Whom an issuer calls by a subject is the same person for ever.
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint NOT NULL,
    PRIMARY KEY (issuer, subject)
) {clustered};
-- One of each issuer for an account.
CREATE UNIQUE INDEX identities_by_user ON identities (user_id, issuer);
