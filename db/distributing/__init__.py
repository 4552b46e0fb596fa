"""Turning an installation on one server into one that is spread over several, and back: `./run db distribute`."""
