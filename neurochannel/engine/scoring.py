"""Loss and accuracy over a data set."""

from __future__ import annotations

import numpy as np

from neurochannel.engine.feed import sparse_pays
from neurochannel.engine.history import MISSING, Score
from neurochannel.engine.machine import Machine, run
from neurochannel.kernels.run import Feed

BATCH = 256


def score(machine: Machine, feed: Feed, n: int, labels: bool, update: int) -> Score:
    """Return mean loss and fraction of right answers over the n examples of a feed.

    Both are NaN if an output is not finite; accuracy is NaN for targets other than 0 and 1.
    """
    if n == 0:
        return MISSING
    program = machine.program(BATCH, labels=labels, pixels=sparse_pays(feed, BATCH))
    memory, order = machine.memory(program, BATCH), np.arange(n, dtype=np.uint32)
    course = machine.course(order, np.ones(-(-n // BATCH)), BATCH, update)
    if not run(program.score, memory, feed, course):
        return MISSING
    loss, right = memory.totals / n
    classes = labels or bool(np.all((feed.targets == 0) | (feed.targets == 1)))
    return Score(float(loss), float(right) if classes else float("nan"))
