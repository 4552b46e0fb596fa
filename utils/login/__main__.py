"""`python -m utils.login`: the command of `utils.login.command`."""

import sys

from utils.login.command import main

if __name__ == "__main__":
    sys.exit(main())
