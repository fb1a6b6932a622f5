"""Tests of the random numbers in bulk; `python -m scripts.randomness` writes docs/randomness.md."""
