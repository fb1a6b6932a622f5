"""Studies: how much faster two workers are than one, and the overhead per point.

python -m scripts.bench.studies [--points 200] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from typing import Any

import neurochannel as nc
from neurochannel.study.folder import read_rows
from neurochannel.study.plan import points
from neurochannel.study.runner import run_plan
from neurochannel.study.spec import Study

EPOCHS, BATCH_SIZE = 5, 10


def _study(points: int) -> Study:
    network = nc.mlp(None, 100, 30, None).with_channel(nc.srbp())
    train = {"epochs": EPOCHS, "batch_size": BATCH_SIZE}
    return Study(name="bench", network=network, seeds=points, train=train)


def _cpu() -> float:
    used = os.times()
    return used.user + used.system


def _measure(study: Study, workers: int) -> dict[str, float]:
    """Run a study in a new folder; seconds from a plan to the last file, and what they went to."""
    plan = points(study)
    with tempfile.TemporaryDirectory() as folder:
        cpu, started = _cpu(), time.perf_counter()
        run_plan(plan, folder, workers=workers, progress=False)
        seconds, cpu = time.perf_counter() - started, _cpu() - cpu
        rows = read_rows(folder)
    training = sum(row["outcome"]["seconds"] for row in rows)
    return {
        "seconds": seconds,
        "processors used": cpu / seconds,
        "overhead per point, ms": 1000 * (workers * seconds - training) / len(rows),
    }


def studies(rounds: int, points: int = 200) -> list[dict[str, Any]]:
    """Time the digits net, 64-100-30-10, for 5 epochs a point, on one and two workers in turn."""
    study = _study(points)
    _measure(_study(4), 2)
    measured: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    for _ in range(rounds):
        for workers, found in measured.items():
            found.append(_measure(study, workers))
    faster = [
        one["seconds"] / two["seconds"] for one, two in zip(measured[1], measured[2], strict=True)
    ]
    return [
        {
            "case": f"{points} points, {EPOCHS} epochs, {workers} workers",
            "who": "neurochannel",
            **{key: statistics.median(run[key] for run in found) for key in found[0]},
            "times one worker": statistics.median(faster) if workers == 2 else 1.0,
        }
        for workers, found in measured.items()
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time studies on one and two workers.")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    for row in studies(arguments.rounds, arguments.points):
        print(json.dumps(row))
    print(json.dumps({"load of the machine": os.getloadavg()[0]}))
