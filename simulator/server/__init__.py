"""Everything between a socket and an endpoint: tokens, limits, faults, the record of requests, control, state."""
