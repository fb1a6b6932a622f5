"""Test the random numbers in bulk and write docs/randomness.md.

python -m scripts.randomness            own tests; TestU01's SmallCrush and dieharder if installed
python -m scripts.randomness --crush    TestU01's Crush too, which takes half an hour or more

On Debian: apt-get install dieharder, and libtestu01-0-dev from non-free.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from scripts.randomness.numbers import normal_results, rounding_results
from scripts.randomness.report import PAGE, write
from scripts.randomness.result import OWN, Result
from scripts.randomness.speed import measure
from scripts.randomness.store import kept
from scripts.randomness.streams import STREAMS
from scripts.randomness.tools import compile_testu01, run_dieharder, run_testu01
from scripts.randomness.words import all_results, shared_pairs, with_half_keys

LONG_STREAMS = ("element 0 of 4096 steps, then element 1, ...", "XOR of neighboring steps")
"""Streams for dieharder; Crush takes the first."""


def testu01_results(program: Path, crush: bool) -> list[Result]:
    """Run SmallCrush on all streams, and Crush on one if it is asked for."""
    results = []
    plan = [("SmallCrush", name) for name in STREAMS]
    for battery, name in [*plan, *([("Crush", LONG_STREAMS[0])] if crush else [])]:
        print(f"{battery}: {name}", flush=True)
        results += kept(battery, name, partial(run_testu01, program, battery, name))
    return results


def tool_results(crush: bool) -> tuple[list[Result], list[str]]:
    """Run the batteries that are installed; return what was left out, too."""
    results, left_out = [], ["PractRand (not packaged)"]
    with tempfile.TemporaryDirectory() as folder:
        program = compile_testu01(Path(folder))
        if program is None:
            left_out.append("TestU01 (not installed)")
        else:
            results += testu01_results(program, crush)
            left_out += [] if crush else ["TestU01's Crush (on request)"]
    if shutil.which("dieharder") is None:
        return results, [*left_out, "dieharder (not installed)"]
    for name in LONG_STREAMS:
        print(f"dieharder: {name}", flush=True)
        results += kept("dieharder", name, partial(run_dieharder, name))
    return results, left_out


def main() -> None:
    """Run everything and write the page."""
    parser = argparse.ArgumentParser(prog="python -m scripts.randomness", description=__doc__)
    parser.add_argument("--crush", action="store_true", help="run TestU01's Crush too")
    crush = parser.parse_args().crush
    speed = {kind.__name__: measure(kind) for kind in (np.float32, np.float64)}
    print(f"{OWN}: words, numbers, rounding", flush=True)
    with threadpool_limits(1):
        numbers, shape = normal_results()
        results = [*kept(OWN, "words", all_results), *numbers, *rounding_results()]
    tools, left_out = tool_results(crush)
    shared = shared_pairs(with_half_keys(1 << 14, 256))
    write([*results, *tools], shape, shared, speed, left_out)
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
