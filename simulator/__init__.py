"""A Spotify Web API on loopback, for the demo, the tests and the benchmarks.

A room imports only those above it in this list, and nothing imports in a circle (a test holds both):

* `world`: what an account holds, as plain objects
* `generation`: a made-up account; only what people start and `exports` need it
* `api`: what every endpoint speaks: call, answer, objects as JSON, the table of endpoints
* `routes`: the endpoints, which fill that table
* `server`: everything between a socket and an endpoint
* `exports`: years of listening before the API's plays, and Spotify's privacy exports of them

Beside the rooms stands what people start: `python -m simulator`, `simulator.demo` and `simulator.preview` (and
`python -m simulator.exports`, in its room); `simulator.github`, GitHub's REST API for the tests of the watch;
and `simulator.gh`, a program that stands for the GitHub CLI.
"""

from simulator.generation.account import generate
from simulator.server.server import Simulator
from simulator.world.library import Library

__all__ = ["Library", "Simulator", "generate"]
