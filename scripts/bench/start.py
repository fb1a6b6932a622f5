"""How long users wait: for the program to start, and for kernels to be compiled."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

PROGRAM = [sys.executable, "-m", "neurochannel"]
TINY = """
import neurochannel as nc
nc.Simulation(nc.mlp(4, 3, 2).with_channel(nc.srbp())).step([[0] * 4], [0])
"""
CASES = {
    "neurochannel --version": [*PROGRAM, "--version"],
    "import neurochannel": [sys.executable, "-c", "import neurochannel"],
    "import and use a network": [
        sys.executable,
        "-c",
        "import neurochannel as nc; nc.mlp(4, 3, 2)",
    ],
    "one step, warm kernels": [sys.executable, "-c", TINY],
}


def _seconds(command: list[str], **environment: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - started


def start(rounds: int) -> list[dict[str, Any]]:
    """Time starts of the program, and one step with kernels that are not compiled yet."""
    rows = []
    for case, command in CASES.items():
        _seconds(command)
        times = [_seconds(command) for _ in range(rounds)]
        rows.append({"case": case, "who": "neurochannel", "seconds": statistics.median(times)})
    with tempfile.TemporaryDirectory() as folder:
        cold = _seconds([sys.executable, "-c", TINY], NUMBA_CACHE_DIR=folder)
    return [
        *rows,
        {"case": "one step, kernels compiled anew", "who": "neurochannel", "seconds": cold},
    ]
