"""`python -m utils.github`: the command of `utils.github.command`."""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 3)[0] + "/utils/start.py")

import sys

from utils.github.command import main

if __name__ == "__main__":
    sys.exit(main())
