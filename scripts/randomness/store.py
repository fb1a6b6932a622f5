"""Keeps finished results, so that a run of hours that is stopped resumes where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from neurochannel.kernels import bulk
from scripts.randomness.result import Result
from scripts.randomness.streams import steps

FOLDER = Path(__file__).resolve().parents[2] / "results" / "randomness"


def fingerprint() -> str:
    """Name the generator by its numbers: results of another one are never taken for its own."""
    normals = np.empty(1000, np.float32)
    bulk.fill_normals(normals, np.uint64(1), np.uint64(0))
    return hashlib.sha256(steps(100, 100).tobytes() + normals.tobytes()).hexdigest()[:16]


def kept(battery: str, stream: str, run: Callable[[], list[Result]]) -> list[Result]:
    """Return the results of a battery on a stream, from its file if it was run before."""
    name = hashlib.sha256(f"{battery}:{stream}".encode()).hexdigest()[:16]
    file = FOLDER / fingerprint() / f"{name}.json"
    if file.exists():
        return [Result(*row) for row in json.loads(file.read_text(encoding="utf-8"))]
    results = run()
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(results), encoding="utf-8")
    partial.replace(file)
    return results
