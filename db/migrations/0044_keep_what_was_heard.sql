-- What the months that are over say of each track that was played, so that a refresh of the views reads the plays of the months that are
-- not: it costs what is new. api_syncs/deriving/heard.py keeps it; without it, all views say the same from the plays alone.

-- Until which month a listener's plays are in heard_before. No row: until none.
CREATE TABLE heard_until (
    user_id     text PRIMARY KEY REFERENCES users,
    month       date NOT NULL,         -- the first month that is not in it, of the listener's time zone
    before_at   timestamptz NOT NULL,  -- when the last play before the days around its beginning was, -infinity where there is none: what is inferred of the next hangs on it
    basis       text NOT NULL,         -- how it was counted; another way counts everything anew
    made_from   jsonb NOT NULL,        -- what row_versions said of the tables that it hangs on beside the plays
    computed_at timestamptz NOT NULL
);

-- One row per track that was played in these months, under the id that was played. Whether a play counts, and what is inferred of it,
-- is said by play_facts; what each number is by recent_months, which counts the other months.
CREATE TABLE heard_before (
    user_id         text NOT NULL REFERENCES users,
    track_id        text NOT NULL,  -- also of a track that is gone since
    heard           bigint NOT NULL,
    plays           bigint NOT NULL,
    days            bigint NOT NULL,
    skips           bigint NOT NULL,
    nights          bigint NOT NULL,
    mornings        bigint NOT NULL,
    afternoons      bigint NOT NULL,
    weekend         bigint NOT NULL,
    first_played_at timestamptz,
    last_played_at  timestamptz,
    heard_ms        bigint,
    heard_per_mille bigint,
    with_share      bigint NOT NULL,
    has_api         boolean NOT NULL,
    has_import      boolean NOT NULL,
    peak            integer[],           -- plays of the month with the most, and its day 1 as a number of days since 1970
    months          date[] NOT NULL,     -- those with plays, oldest first; beside each its plays,
    month_plays     integer[] NOT NULL,
    month_days      integer[] NOT NULL,  -- and its days as bits, the first of the month the lowest
    known_as        bigint,              -- a hash of what was known of the track: its length, recording, artist, popularity and release
    PRIMARY KEY (user_id, track_id)
);

-- The same of the months that are not over, one row each, as of when they were counted last.
CREATE TABLE heard_since (
    LIKE heard_before,
    month date NOT NULL,
    PRIMARY KEY (user_id, track_id, month),
    FOREIGN KEY (user_id) REFERENCES users
);
ALTER TABLE heard_since DROP COLUMN known_as;

-- From when on a listener's plays have changed since: whoever writes plays says so in the same statement. One row per transaction at
-- least, so that nobody waits for somebody else's, and none goes with another that is taken up.
CREATE TABLE changed_plays (
    user_id  text NOT NULL REFERENCES users,
    since    timestamptz NOT NULL,
    noted_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (user_id, since, noted_by)
);

DO $$
DECLARE
    personal text;
BEGIN
    FOREACH personal IN ARRAY ARRAY['heard_until', 'heard_before', 'heard_since', 'changed_plays'] LOOP
        EXECUTE format('CREATE POLICY of_session ON %I FOR SELECT USING (user_id = (SELECT session_listener()))', personal);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', personal);
    END LOOP;
END
$$;

-- What each derived relation was made from, as row_versions says it of each table: where that is the same, it need not be made again.
CREATE TABLE derived_from (
    relation text PRIMARY KEY,
    versions jsonb NOT NULL
);

-- How many rows a table has, and the sum of the transactions that wrote them: another pair after any change of it, since a row that is
-- written anew is of a later transaction than all that were there.
CREATE FUNCTION row_versions(relation regclass) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    versions text;
BEGIN
    EXECUTE format('SELECT count(*) || '' '' || COALESCE(sum(xmin::text::bigint), 0) FROM %s', relation) INTO versions;
    RETURN versions;
END
$$;

-- The texts of names, as they are compared: computed when a name is written, not whenever the views are refreshed.
CREATE FUNCTION fold_texts(list text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(fold_text(each) ORDER BY place) FROM unnest(list) WITH ORDINALITY AS t (each, place)
$$;

-- A folded title without remaster notes and guests; guests stay where a word beside them may name a version.
-- playlists/arrangement/titles.py is the same in Python.
CREATE FUNCTION clean_title(title text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT COALESCE(NULLIF(CASE WHEN spaced ~ '[(\[]| - | (feat|ft)\. ' THEN btrim(regexp_replace(
        regexp_replace(
            spaced,
            ' ?[(\[](((19|20)\d\d (- )?)?(digital(ly)? )?remaster(ed)?( version)?( (in )?(19|20)\d\d)?( version)?|'
            '(feat\.?|ft\.?|featuring) (?![^()\[\]]*\y(live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|'
            'cover|session|sessions|unplugged|rework|dub|mono|a cappella|acapella)\y)[^()\[\]]*)[)\]]',
            '', 'g'),
        '( - (((19|20)\d\d (- )?)?(digital(ly)? )?remaster(ed)?( version)?( (in )?(19|20)\d\d)?( version)?|'
        '(feat\.?|ft\.?|featuring) (?!.*\y(live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|cover|'
        'session|sessions|unplugged|rework|dub|mono|a cappella|acapella)\y)[^()\[\]]*)|'
        ' (feat|ft)\. (?!.*\y(live|acoustic|remix|mix|demo|edit|version|instrumental|karaoke|cover|session|sessions|'
        'unplugged|rework|dub|mono|a cappella|acapella)\y)[^()\[\]]*)+$',
        '')) ELSE btrim(spaced) END, ''), spaced)
    FROM (SELECT regexp_replace(title, '\s+', ' ', 'g') AS spaced) AS one_space
$$;

ALTER TABLE artists ADD COLUMN name_text text COLLATE "C" GENERATED ALWAYS AS (fold_text(name)) STORED;
ALTER TABLE artists ADD COLUMN genre_texts text[] COLLATE "C" GENERATED ALWAYS AS (fold_texts(genres)) STORED;
ALTER TABLE tracks ADD COLUMN title_text text COLLATE "C" GENERATED ALWAYS AS (fold_text(name)) STORED;
ALTER TABLE tracks ADD COLUMN clean_title_text text COLLATE "C" GENERATED ALWAYS AS (clean_title(fold_text(name))) STORED;
ALTER TABLE tracks ADD COLUMN names_guest boolean
    GENERATED ALWAYS AS (regexp_replace(fold_text(name), '\s+', ' ', 'g') ~ '[ ([](feat|ft|featuring)\.? ') STORED;
