"""A Spotify Web API on loopback, for the demo, the tests and the benchmarks."""

from simulator.generation.account import generate
from simulator.server.server import Simulator
from simulator.world.library import Library

__all__ = ["Library", "Simulator", "generate"]
