-- What a repeated request is known by, for a day.
CREATE TABLE idempotency_keys (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key text NOT NULL,
    -- SHA-256 of what was asked for.
    request bytea NOT NULL,
    execution_id uuid NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    PRIMARY KEY (user_id, key)
) {clustered};
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

ALTER TABLE executions ADD COLUMN priority text NOT NULL DEFAULT 'batch';

-- When it was given up because workers died of it.
ALTER TABLE executions ADD COLUMN dead_at bigint;
CREATE INDEX executions_dead ON executions (dead_at, id) WHERE dead_at IS NOT NULL;

-- Results that are still to be posted somewhere.
CREATE TABLE callbacks (
    execution_id uuid NOT NULL PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
    url text NOT NULL,
    attempts bigint NOT NULL,
    -- When to try next; nothing before the execution has finished.
    due_at bigint
) {clustered};
CREATE INDEX callbacks_due ON callbacks (due_at, execution_id) WHERE due_at IS NOT NULL;
