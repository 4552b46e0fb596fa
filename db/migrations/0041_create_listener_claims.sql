-- Which runner of sync_all_users has taken which listener, and how it ended. Small, and in one place also where the tables of listeners are
-- distributed. A claim that is not finished is alive as long as its runner holds the lock of that listener.
CREATE TABLE listener_claims (
    user_id     text PRIMARY KEY,
    runner      uuid NOT NULL,
    claimed_at  timestamptz NOT NULL,
    finished_at timestamptz,
    status      text  -- how the listener's chain has ended
);
