"""How long users wait: for a start of the program, a simulation, and kernels to be compiled."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Figures = dict[str, float]
Action = Callable[[Path], Figures]
OURS = "neurochannel"
HERE = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-m", "neurochannel"]
TINY = """
import neurochannel as nc
nc.Simulation(nc.mlp(4, 3, 2).with_channel(nc.srbp())).step([[0] * 4], [0])
"""
CONVOLVED = """
import neurochannel as nc
layers = nc.conv(32, 5), nc.pool(2), nc.conv(32, 5), nc.pool(2), 256, 10
network = nc.convnet((32, 32, 3), *layers).with_channel(nc.{recipe}())
nc.Simulation(network).step([[0] * 3072] * 20, [0] * 20)
"""
ANOTHER_GEOMETRY = """
import neurochannel as nc
layers = nc.conv(20, 3), nc.pool(3, 2), nc.conv(48, 5, stride=2, padding=1), 100, 5
network = nc.convnet((28, 30, 2), *layers).with_channel(nc.srbp())
nc.Simulation(network).step([[0] * 1680] * 20, [0] * 20)
"""
CONSTRUCTED = """
import time
import neurochannel as nc
network = nc.mlp(64, 8, 8, 10).with_channel(nc.srbp())
nc.Simulation(network)
started = time.process_time()
for _ in range(100):
    nc.Simulation(network)
print((time.process_time() - started) / 100)
"""
DEMO = """
import neurochannel as nc
from scripts import demo
demo.compile_kernels(nc.data.load("digits"), demo.Plan())
"""


def _python(code: str) -> list[str]:
    return [sys.executable, "-P", "-c", code]


CASES = {
    "neurochannel --version": [*PROGRAM, "--version"],
    "import neurochannel": _python("import neurochannel"),
    "import and use a network": _python("import neurochannel as nc; nc.mlp(4, 3, 2)"),
    "one step, warm kernels": _python(TINY),
}
COMPILED = {
    "one step, kernels compiled": _python(TINY),
    "the demo's programs, kernels compiled": _python(DEMO),
    "a step of convolution, SRBP, kernels compiled": _python(CONVOLVED.format(recipe="srbp")),
    "a step of convolution, BP, kernels compiled": _python(CONVOLVED.format(recipe="bp")),
}


def _run(command: list[str], checkout: Path, **environment: str) -> tuple[dict[str, float], str]:
    """Run a command with the neurochannel of a checkout; return what it took and what it said."""
    more = {"PYTHONPATH": str(checkout), **environment}
    started, before = time.perf_counter(), os.times()
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **more},
        cwd=checkout,
    )
    seconds, after = time.perf_counter() - started, os.times()
    user = after.children_user - before.children_user
    return {"seconds": seconds, "user": user}, done.stdout


def _row(case: str, measured: dict[str, list[dict[str, float]]]) -> Row:
    """Sum up what was measured in turn: {version: figures of each round}."""
    ours = measured[OURS]
    row: Row = {"case": case}
    row |= {key: statistics.median(one[key] for one in ours) for key in ours[0]}
    if "older" in measured:
        pairs = zip(ours, measured["older"], strict=True)
        row["older / ours"] = statistics.median(b["seconds"] / a["seconds"] for a, b in pairs)
    return row


def _constructed(checkout: Path) -> dict[str, float]:
    """Return the time that a 64-8-8-10 simulation takes to be made, in its process."""
    seconds = float(_run(_python(CONSTRUCTED), checkout)[1])
    return {"seconds": seconds, "user": seconds}


def _warm(command: list[str], checkout: Path) -> Figures:
    return _run(command, checkout)[0]


def _cold(command: list[str], checkout: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        return _run(command, checkout, NUMBA_CACHE_DIR=folder)[0]


def twice_compiled(checkout: Path) -> int:
    """Return how many kernels `inspect` compiles again that `train` has compiled."""
    train = [*PROGRAM, "train", "srbp", "--data", "digits", "--epochs", "1", "--out"]
    with tempfile.TemporaryDirectory() as folder:
        room = {"NUMBA_CACHE_DIR": folder}
        _run([*train, f"{folder}/run.h5"], checkout, **room)
        kept = {path: path.stat().st_mtime_ns for path in Path(folder, "kernels").iterdir()}
        _run([*PROGRAM, "inspect", "srbp", "--data", "digits"], checkout, **room)
        return sum(path.stat().st_mtime_ns != made for path, made in kept.items())


def compiled_for_another_geometry(checkout: Path) -> int:
    """Return how many kernels a convolutional network compiles after one of other sizes."""
    with tempfile.TemporaryDirectory() as folder:
        room, counts = {"NUMBA_CACHE_DIR": folder}, list[int]()
        for code in (CONVOLVED.format(recipe="srbp"), ANOTHER_GEOMETRY):
            _run(_python(code), checkout, **room)
            counts.append(len(list(Path(folder, "kernels").iterdir())))
    return counts[1] - counts[0]


def _in_turn(action: Action, places: dict[str, Path], rounds: int) -> dict[str, list[Figures]]:
    """Do something with each checkout in turn; an older one that cannot do it is left out."""
    able = {}
    for who, place in places.items():
        try:
            action(place)
            able[who] = place
        except subprocess.CalledProcessError:
            if who == OURS:
                raise
    found: dict[str, list[Figures]] = {who: [] for who in able}
    for _ in range(rounds):
        for who, place in able.items():
            found[who].append(action(place))
    return found


def start(rounds: int, against: Path | None = None) -> list[Row]:
    """Time starts, a construction, and runs whose kernels are not compiled yet."""
    places = {OURS: HERE} | ({"older": against.resolve()} if against else {})
    few = max(1, rounds // 3)
    rows = [
        _row(case, _in_turn(partial(_warm, command), places, rounds))
        for case, command in CASES.items()
    ]
    rows.append(_row("construct a simulation of 64-8-8-10", _in_turn(_constructed, places, rounds)))
    rows += [
        _row(case, _in_turn(partial(_cold, command), places, few))
        for case, command in COMPILED.items()
    ]
    counts = {
        "kernels that inspect compiles again after train": twice_compiled(HERE),
        "kernels that another geometry compiles": compiled_for_another_geometry(HERE),
    }
    return rows + [{"case": case, "count": count} for case, count in counts.items()]


if __name__ == "__main__":
    print(json.dumps(start(3), indent=1))
