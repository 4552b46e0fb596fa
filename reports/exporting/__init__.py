"""The plays on their way out: read in order, written in forms that other tools read."""
