"""What every endpoint speaks: a call, its answer, objects as JSON, and the table of endpoints that routes fill."""
