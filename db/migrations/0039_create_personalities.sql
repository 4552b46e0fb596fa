-- How somebody listens, month by month: each row tells of the twelve months that end with this one. Derived from the plays alone, so that an
-- imported history has its past at once; rows of an earlier method stay beside those of a new one.
CREATE TABLE personalities (
    user_id        text NOT NULL REFERENCES users,
    method         integer NOT NULL,      -- version of the formulas (docs/personality.md)
    month          date NOT NULL,         -- its first day
    computed_at    timestamptz NOT NULL,  -- when the row last changed
    plays          integer NOT NULL,      -- of the twelve months
    exploration    numeric,               -- from 0 to 1 each; NULL where no play says anything of it
    newness        numeric,
    variety        numeric,
    uniqueness     numeric,
    exploration_of integer NOT NULL,      -- how many plays each is the mean of
    newness_of     integer NOT NULL,
    variety_of     integer NOT NULL,
    uniqueness_of  integer NOT NULL,
    type           text,                  -- four letters, '-' for what is not known; NULL where too little is
    PRIMARY KEY (user_id, method, month)
);
