"""The workloads of the project measured on the real processes. ``make bench``, or ``python -m benchmarks --help``."""
