"""Labels and targets that the output cannot learn, or that look misnumbered."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.data import Data
from neurochannel.data.array_checks import is_label_column
from neurochannel.engine.gate import misfits
from neurochannel.model.edges import ERROR
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.observe.lint.finding import FEW, Finding, error, warning

REMEDY = "number the classes with numpy.unique(t, return_inverse=True)[1] unless it is meant"


def target_findings(network: Network, data: Data | None) -> Iterator[Finding]:
    """Find what the gate of the engine refuses, and classes that no training example has.

    That the highest classes are missing is no finding: parts of data sets are like that.
    """
    if network.size(ERROR) == 1 and network.populations[network.output].activation == "softmax":
        yield error(
            f"populations.{network.output}",
            "is one softmax neuron, whose activity is 1 whatever comes in, so that nothing can be "
            'learned; write activation = "logistic"',
        )
    if data is None:
        return
    refused = list(misfits(network, data))
    yield from (Finding("error", f"data.{where}", f"data.{problem}") for where, problem in refused)
    if data.has_labels:
        yield from _gaps(data.train.t)
    elif not refused and is_label_column(data.train.t):
        yield warning(
            "data.train_t",
            "is a column of whole numbers, which are learned as quantities; give labels of the "
            "shape (n,) if they number classes",
        )


def _gaps(labels: np.ndarray) -> Iterator[Finding]:
    counts = np.bincount(labels)
    missing = np.flatnonzero(counts == 0)
    if not len(missing):
        return
    if len(missing) == missing[-1] + 1:
        text = f"has labels from {len(missing)}, so that no example is of a class below that"
    else:
        more = [f"{len(missing) - FEW:,} more"] if len(missing) > FEW else []
        names = listed([*(int(number) for number in missing[:FEW]), *more])
        text = f"has no example of class {names}, although there are higher ones"
    yield warning("data.train_t", f"{text}; {REMEDY}")
