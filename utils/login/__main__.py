"""`python -m utils.login`: the command of `utils.login.command`."""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 3)[0] + "/utils/start.py")

import sys

from utils.login.command import main

if __name__ == "__main__":
    sys.exit(main())
