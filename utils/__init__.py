"""What the scripts share. `errors`, `clock` and `config`, and rooms of which each imports only lower ones:

database < config < spotify < job < mirror; login uses config and spotify. See docs/architecture.md.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of this checkout
