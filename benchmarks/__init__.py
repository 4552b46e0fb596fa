"""Benchmarks: they print ratios of times measured side by side, and assert nothing about time."""
