"""What the scripts share. `errors`, `clock`, `terminal` and `config`, and rooms of which each imports only lower ones:

database < plays < config < spotify < job < mirror; github and login use config, spotify and job;
history reads files and uses none of them. See docs/architecture.md.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of this checkout
