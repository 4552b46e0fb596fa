-- Whether Spotify can be asked about an id. utils/spotify/client.py is the same in Python.
CREATE FUNCTION is_spotify_id(id text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT id ~ '^[0-9A-Za-z]{22}$'
$$;
