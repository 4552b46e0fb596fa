"""The id of a run: a random UUID, as text.

Python's own module for these looks first at what machine this is, which takes longer than a statement.
"""

import os


def new_run_id() -> str:
    """A UUID of version 4, spelled as PostgreSQL spells it."""
    octets = bytearray(os.urandom(16))
    octets[6] = octets[6] & 0x0F | 0x40  # version 4
    octets[8] = octets[8] & 0x3F | 0x80  # of the usual variant
    digits = octets.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
