"""Benchmarks: `python -m bench` measures every figure of the speed table and prints it."""
