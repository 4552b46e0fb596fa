"""Arranges selected tracks into a list: order, caps, limits. Pure Python, with the same result for the same input."""
