-- What each month of a listener says of how that one hears, and how often each artist was heard in it, so that a refresh computes the personality
-- from the plays of the months that are not over: before, it read two years of what is kept of each track.

-- One row per month with plays, also of those that are not over, as of the last refresh. The numbers are those of docs/personality.md: points of plays, and
-- of how many plays they are. The months before heard_until stay until everything is counted anew.
CREATE TABLE personality_months (
    user_id         text NOT NULL,              -- no reference: where the database is distributed, what is made points to nothing that is
    month           date NOT NULL,              -- its first day
    plays           integer NOT NULL,
    tracks          integer NOT NULL,           -- recordings
    explored_points numeric NOT NULL,
    explored_of     integer NOT NULL,
    new_points      numeric NOT NULL,
    new_of          integer NOT NULL,
    unique_points   numeric NOT NULL,
    unique_of       integer NOT NULL,
    PRIMARY KEY (user_id, month)
);

-- How often the first artist of each recording was heard, of the months before heard_until.
CREATE TABLE personality_artists (
    user_id     text NOT NULL,
    artist_id   text NOT NULL,
    months      date[] NOT NULL,     -- those with plays, oldest first; beside each its plays
    month_plays integer[] NOT NULL,
    PRIMARY KEY (user_id, artist_id)
);

CREATE POLICY of_session ON personality_months FOR SELECT USING (user_id = (SELECT session_listener()));
ALTER TABLE personality_months ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_session ON personality_artists FOR SELECT USING (user_id = (SELECT session_listener()));
ALTER TABLE personality_artists ENABLE ROW LEVEL SECURITY;
