"""A Spotify Web API on loopback, for the demo, the tests and the benchmarks."""
