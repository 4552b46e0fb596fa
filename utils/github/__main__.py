"""`python -m utils.github`: the command of `utils.github.command`."""

import sys

from utils.github.command import main

if __name__ == "__main__":
    sys.exit(main())
