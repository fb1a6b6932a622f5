"""A run resumes in the same way whether it is kept, copied, or saved and loaded."""

from pathlib import Path
from typing import Any

import numpy as np

import neurochannel as nc


def assert_continues_alike(run: nc.Simulation, data: tuple[Any, Any], folder: Path) -> None:
    """After an epoch, a copy and a loaded checkpoint end the next one with the bits of the run."""
    run.train(1, progress=False)
    nc.save(run, folder / "run.h5")
    others = [run.copy(), nc.load(folder / "run.h5", data)]
    for one in (run, *others):
        one.train(1, progress=False)
    for other in others:
        np.testing.assert_array_equal(other.predict(data[0]), run.predict(data[0]))
