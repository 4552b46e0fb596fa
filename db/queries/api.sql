-- name: add_calls
-- Requests of the hour per endpoint group, added up over all runs. One %s for the rows. The last is within the hour.
INSERT INTO api_calls AS a (hour, client_id, endpoint_group, calls, errors, rate_limited, last_at) VALUES %s
ON CONFLICT (hour, client_id, endpoint_group) DO UPDATE SET
    calls = a.calls + EXCLUDED.calls, errors = a.errors + EXCLUDED.errors,
    rate_limited = a.rate_limited + EXCLUDED.rate_limited,
    last_at = CASE WHEN a.last_at - a.hour < interval '1 hour' THEN GREATEST(a.last_at, EXCLUDED.last_at)
                   ELSE EXCLUDED.last_at END;

-- name: capabilities
-- What this app's quota mode offers, as learnt since then.
SELECT capability, is_available FROM api_capabilities
WHERE client_id = %(client_id)s AND believed(checked_at, %(now)s) > %(since)s;

-- name: learn_capability
-- What a try has shown.
INSERT INTO api_capabilities (client_id, capability, is_available, checked_at)
VALUES (%(client_id)s, %(capability)s, %(is_available)s, %(now)s)
ON CONFLICT (client_id, capability) DO UPDATE SET
    is_available = EXCLUDED.is_available, checked_at = EXCLUDED.checked_at;
