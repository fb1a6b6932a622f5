"""One epoch: from the order of the examples to new weights, or to the reason why not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from neurochannel.engine import diagnosis
from neurochannel.engine.decays import checked_rates
from neurochannel.engine.feed import Feed, sparse_pays
from neurochannel.engine.machine import Machine
from neurochannel.engine.options import Options
from neurochannel.engine.program import Program
from neurochannel.engine.snapshot import Progress
from neurochannel.engine.streams import stream
from neurochannel.engine.turns import Turns
from neurochannel.engine.worker import run_watched
from neurochannel.engine.workspace import Course, Workspace
from neurochannel.interrupts import Stop, raise_if_stopped
from neurochannel.kernels import random


def shuffled(n: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order in which an epoch meets n examples, uint32."""
    order = np.empty(n, np.uint32)
    random.permute(order, np.uint64(seed), stream("shuffle"), np.uint64(epoch))
    return order


@dataclass(frozen=True)
class EpochRunner:
    """Trains a machine on a feed of n examples, epoch by epoch.

    Parameters
    ----------
    labels
        Whether the targets are class labels.
    stop
        Set to stop after the current batch.
    turns
        Held by the caller; other threads that wait get theirs between two batches.
    """

    machine: Machine
    feed: Feed
    n: int
    labels: bool
    options: Options
    stop: Stop
    turns: Turns

    @property
    def batch_size(self) -> int:
        """Examples in a full batch: no more than there are."""
        return min(self.options.batch_size, self.n)

    def prepare(self) -> None:
        """Compile the program, and load the libraries that it uses."""
        _ = self.program

    @property
    def program(self) -> Program:
        """The program that suits the batch size and the data."""
        size = self.batch_size
        feed, pixels = self.feed, sparse_pays(self.feed, size)
        return self.machine.program(
            size, labels=self.labels, pixels=pixels, images=feed.images, moved=feed.moves.any
        )

    def run(self, progress: Progress, report: Callable[[int], None]) -> None:
        """Complete the current epoch, keeping `progress` true even when it is interrupted.

        Raises
        ------
        DivergenceError
            If an error or, at the end, a weight is not finite.
        KeyboardInterrupt
            At Ctrl-C or `stop`, for which it is `Halted`, after the current batch.
        """
        size, program, first = self.batch_size, self.program, progress.updates
        workspace = Workspace(program, size, self.machine.dtype, self.options.threads)
        order = shuffled(self.n, self.options.seed, progress.epoch)
        n_batches = -(-(self.n - progress.position) // size)
        rates = checked_rates(self.machine.network, self.options.rate, first, n_batches)
        status = 0
        while status == 0 and progress.position < self.n:
            left = rates[progress.updates - first :]
            course = Course(order, left, size, progress.updates, progress.position, progress.epoch)
            work = partial(self.machine.run, program, "train", self.feed, course, workspace)
            started = time.perf_counter()
            try:
                status = run_watched(work, course.control, report, self.stop)
            finally:
                progress.advance(int(course.control[1]), size, time.perf_counter() - started)
            if status == 0 and progress.position < self.n:
                raise_if_stopped(self.stop)
                self.turns.make_way()
        if status != 0:
            n = min(size, self.n - progress.position)
            when = f"update {progress.updates + 1} (epoch {progress.epoch + 1})"
            raise diagnosis.describe_batch(self.machine, workspace, n, when)
        progress.complete_epoch()
        bad = diagnosis.first_bad_in(self.machine)
        if bad:
            raise diagnosis.describe_weights(bad, progress.epoch)
