"""A Spotify Web API on loopback, for the demo, the tests and the benchmarks."""

from simulator.generate import generate
from simulator.library import Library
from simulator.server import Simulator

__all__ = ["Library", "Simulator", "generate"]
