-- Whom a listener shows what she hears and has in her library: one word per direction, given and taken back by `./run users agree`.
-- No reference to the second listener: rows go with the first one, and where a listener's data is taken to another place, the second may not be there.
CREATE TABLE listener_agreements (
    user_id       text NOT NULL REFERENCES users,
    with_user_id  text NOT NULL,
    agreed_at     timestamptz NOT NULL,
    taken_back_at timestamptz,  -- NULL: it holds
    PRIMARY KEY (user_id, with_user_id),
    CHECK (user_id <> with_user_id)
);
CREATE INDEX listener_agreements_with_user_id ON listener_agreements (with_user_id);

-- Both may see it: who has agreed, and with whom.
CREATE POLICY of_session ON listener_agreements FOR SELECT USING ((SELECT session_listener()) IN (user_id, with_user_id));
ALTER TABLE listener_agreements ENABLE ROW LEVEL SECURITY;
