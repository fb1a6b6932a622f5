"""What a run of a program is given: its course over the examples, and memory to work in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from neurochannel.engine.memory import MARGIN, aligned_zeros, rounded_up
from neurochannel.engine.program import Program
from neurochannel.kernels.devices import KEPT_KEYS


@dataclass(frozen=True)
class Course:
    """Which examples meet which rate.

    Parameters
    ----------
    order
        (n,) uint32 numbers of examples, taken in batches of `batch_size` from `start` on.
    rates
        (n_batches,).
    update
        Number of the first update, for all draws.
    epoch
        Whose moves of images are made; -1 for none.
    control
        (2,) int64: set [0] to stop after the current batch, read [1] for the examples done.
    """

    order: np.ndarray
    rates: np.ndarray
    batch_size: int
    update: int
    start: int = 0
    epoch: int = -1
    control: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "control", np.array([0, self.start], np.int64))


class Workspace:
    """What batches of a size need in addition to values and state; each thread has its own.

    Parameters
    ----------
    program
        What will be run.
    batch_size
        Most examples of a batch.
    dtype
        Of all numbers.
    threads
        How many may share a batch.

    Attributes
    ----------
    arrays
        What all threads share.
    own
        What each thread has for itself, as soon as it is asked for.
    """

    def __init__(
        self, program: Program, batch_size: int, dtype: np.dtype, threads: int = 1
    ) -> None:
        self.batch_size, self.threads = batch_size, threads
        self._program, self._dtype = program, dtype
        self._columns = program.memory.columns
        self._own: list[dict[str, np.ndarray]] = []
        self.arrays = {
            "buffers": aligned_zeros(program.memory.n_columns * batch_size, dtype),
            "joint": aligned_zeros(program.memory.n_joint * rounded_up(batch_size), dtype),
            "numbers": np.arange(program.widest, dtype=np.uint32),
            "totals": np.zeros((threads, 2), np.float64),
        }

    @property
    def totals(self) -> np.ndarray:
        """Loss and right answers, (2,) float64."""
        summed: np.ndarray = self.arrays["totals"].sum(axis=0)
        return summed

    def own(self, thread: int) -> dict[str, np.ndarray]:
        """Return the scratch of one thread."""
        widest, lanes = self._program.widest, self._program.lanes // self._dtype.itemsize
        pulses = self._program.pulses
        while len(self._own) <= thread:
            self._own.append(
                {
                    "active": np.zeros(widest + MARGIN, np.uint32),
                    "amount": np.zeros(widest + MARGIN, self._dtype),
                    "marks": np.zeros(widest, np.uint8),
                    "lanes": aligned_zeros(lanes, self._dtype),
                    "pulse_words": np.zeros(2 * widest + MARGIN if pulses else 0, np.uint32),
                    "pulse_keys": np.zeros((KEPT_KEYS if pulses else 0, 3), np.uint64),
                    "pulse_counts": aligned_zeros(widest + MARGIN if pulses else 0, self._dtype),
                }
            )
        return self._own[thread]

    def column(self, name: str, n: int) -> np.ndarray | None:
        """Return a buffer of the first n examples as a view, (n, width); None if there is none."""
        place = self._columns.get(name)
        if place is None:
            return None
        start = place.start * self.batch_size
        return self.arrays["buffers"][start:][: n * place.width].reshape(n, place.width)

    def columns(self, n: int) -> dict[str, np.ndarray]:
        """Return copies of all buffers, (n, width), by name."""
        return {name: view.copy() for name, view in self.views(n).items()}

    def views(self, n: int) -> dict[str, np.ndarray]:
        """Return all buffers of the first n examples as views, (n, width), by name."""
        views = {name: self.column(name, n) for name in self._columns}
        return {name: view for name, view in views.items() if view is not None}
