-- The same as before, in a form that depends on nothing but its arguments: where tables are spread over several servers, ON
-- CONFLICT DO UPDATE takes nothing else.
CREATE OR REPLACE FUNCTION believed(moment timestamptz, right_now timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN moment - right_now <= interval '5 minutes' THEN moment END $$;

-- Such a table takes no other key than its listener's: a consent and an account are one listener's all the same
-- (users.known).
ALTER TABLE users DROP CONSTRAINT users_token_fingerprint_key;
CREATE INDEX users_token_fingerprint ON users (token_fingerprint);
ALTER TABLE users DROP CONSTRAINT users_account_id_key;
