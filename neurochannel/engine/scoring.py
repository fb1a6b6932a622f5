"""Loss and accuracy over a data set."""

from __future__ import annotations

import numpy as np

from neurochannel.engine.feed import Feed, sparse_pays
from neurochannel.engine.history import MISSING, Score
from neurochannel.engine.machine import Machine
from neurochannel.engine.streams import PER_UPDATE
from neurochannel.engine.workspace import Course, Workspace

BATCH = 256


def score(machine: Machine, feed: Feed, n: int, labels: bool, update: int, threads: int) -> Score:
    """Return mean loss and fraction of right answers over the n examples of a feed.

    Both are NaN if an output is not finite; accuracy is NaN for targets other than 0 and 1.
    """
    if n == 0:
        return MISSING
    pixels = sparse_pays(feed, BATCH)
    program = machine.program(BATCH, labels=labels, pixels=pixels, images=feed.images)
    order = np.arange(n, dtype=np.uint32)
    course = Course(order, np.ones(-(-n // BATCH)), BATCH, update * PER_UPDATE)
    workspace = Workspace(program, BATCH, machine.dtype, threads)
    if machine.run(program, "score", feed, course, workspace) != 0:
        return MISSING
    loss, right = workspace.totals / n
    classes = labels or bool(np.all((feed.targets == 0) | (feed.targets == 1)))
    return Score(float(loss), float(right) if classes else float("nan"))
