"""Benchmarks: they print ratios measured side by side and assert nothing about time."""
