"""`alike.py MODULE [options]`: what `python -m MODULE [options]` does in a process of its own, with one picture for all covers.

Making hundreds of them is a third of a demo's work; tests/api_syncs/covers makes each for real.
"""

import sys
from pathlib import Path
from runpy import run_module

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from api_syncs import covers
from tests.made_once import make_parts_of_sites_once, one_picture

covers.to_webp = one_picture
make_parts_of_sites_once(pytest.MonkeyPatch())
del sys.argv[0]
run_module(sys.argv[0], run_name="__main__", alter_sys=True)
