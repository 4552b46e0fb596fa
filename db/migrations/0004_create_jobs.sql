-- What the jobs know between two runs: settings, checkpoints, pauses, breakers, history, logs and calls.

CREATE TABLE app_settings (
    user_id    text NOT NULL REFERENCES users,
    key        text NOT NULL,
    value      jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);

CREATE TABLE sync_state (
    user_id            text NOT NULL REFERENCES users,
    entity_type        text NOT NULL,
    phase              text NOT NULL CHECK (phase IN ('initial', 'incremental')),
    last_synced_offset integer NOT NULL DEFAULT 0,
    cursor             jsonb NOT NULL DEFAULT '{}',
    total_estimated    integer,
    items_processed    integer NOT NULL DEFAULT 0,
    status             text NOT NULL,
    is_complete        boolean NOT NULL DEFAULT false,
    error_message      text,
    started_at         timestamptz NOT NULL,
    last_updated_at    timestamptz NOT NULL,
    completed_at       timestamptz,
    PRIMARY KEY (user_id, entity_type, phase)
);

-- The ids that the pass under way has met so far; emptied when it ends. What is in the library and not
-- here after a complete pass is a candidate for removal.
CREATE TABLE sync_seen (
    user_id     text NOT NULL REFERENCES users,
    entity_type text NOT NULL,
    item_id     text NOT NULL,
    PRIMARY KEY (user_id, entity_type, item_id)
);

CREATE TABLE sync_pauses (
    client_id      text NOT NULL,
    endpoint_group text NOT NULL,  -- '*' = every group
    reason         text NOT NULL,
    hit_at         timestamptz NOT NULL,
    until          timestamptz NOT NULL,
    PRIMARY KEY (client_id, endpoint_group)
);

CREATE TABLE job_controls (
    user_id              text NOT NULL,  -- '*' for jobs that belong to no user
    job                  text NOT NULL,
    is_paused            boolean NOT NULL DEFAULT false,
    consecutive_failures integer NOT NULL DEFAULT 0,
    circuit_open_until   timestamptz,
    last_success_at      timestamptz,
    PRIMARY KEY (user_id, job)
);

CREATE TABLE sync_history (
    run_id            uuid PRIMARY KEY,
    user_id           text,
    job               text NOT NULL,
    started_at        timestamptz NOT NULL,
    finished_at       timestamptz,
    status            text NOT NULL,
    batch_number      integer NOT NULL DEFAULT 0,
    checkpoint_offset integer,
    rate_limited      boolean NOT NULL DEFAULT false,
    items_processed   integer NOT NULL DEFAULT 0,
    new_items         integer NOT NULL DEFAULT 0,
    updated_items     integer NOT NULL DEFAULT 0,
    removed_items     integer NOT NULL DEFAULT 0,
    requests          integer NOT NULL DEFAULT 0,
    error_message     text
);
CREATE INDEX sync_history_job ON sync_history (job, started_at DESC);

CREATE TABLE logs (
    log_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logged_at timestamptz NOT NULL,
    run_id    uuid,
    source    text NOT NULL,
    level     text NOT NULL,
    message   text NOT NULL,
    extra     jsonb
);
CREATE INDEX logs_logged_at ON logs (logged_at);

CREATE TABLE api_capabilities (
    client_id    text NOT NULL,
    capability   text NOT NULL,
    is_available boolean NOT NULL,
    checked_at   timestamptz NOT NULL,
    PRIMARY KEY (client_id, capability)
);

CREATE TABLE api_calls (
    hour           timestamptz NOT NULL,
    client_id      text NOT NULL,
    endpoint_group text NOT NULL,
    calls          integer NOT NULL,
    errors         integer NOT NULL,
    rate_limited   integer NOT NULL,
    PRIMARY KEY (hour, client_id, endpoint_group)
);
