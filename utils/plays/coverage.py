"""What an imported file says of the time between its plays, and of that beside them."""

from datetime import timedelta

# Between two files of one export nobody has listened; if one of them were missing, it would be for longer.
LONGEST_SILENCE = timedelta(days=3)
