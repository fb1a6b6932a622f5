"""Everything worth knowing about a network before it is trained, in one report."""

from __future__ import annotations

from os import PathLike

import numpy as np

from neurochannel.data.dataset import Data
from neurochannel.data.library import resolve
from neurochannel.engine.datasets import Given
from neurochannel.engine.gate import checked_network, sized_for
from neurochannel.engine.uncollected import uncollected
from neurochannel.model.network import Network
from neurochannel.observe import ledger as ledgers
from neurochannel.observe import lint as linting
from neurochannel.observe import locality as localities
from neurochannel.observe import selftest
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.lint.first_batch import FirstBatch
from neurochannel.reports.inspection_report import Inspection

N_EXAMPLES = 32
"""Examples of the data that lint looks at."""


def inspect(
    network: Network,
    *,
    data: Given | str | PathLike[str] | None = None,
    compare: ledgers.Channels = (),
    seed: int = 0,
    self_test: bool = True,
) -> Inspection:
    """Look for mistakes in a network, count what it costs, and try whether it learns as described.

    Parameters
    ----------
    network
        With all sizes known, unless data is given.
    data
        Gives sizes that are left out, the first examples to look at activity with, and targets to
        hold against output and loss; a data set, its name or path, or (x, t).
    compare
        Other channels for the same network, whose ledgers are shown next to its own; see `compare`.
    seed
        Of sparse edges and initial weights, as `Simulation` would draw them.
    self_test
        False to leave out the self-test, which is most of the work.

    Raises
    ------
    NetworkError
        If a size is left to data that is not given, or contradicts it; if a channel does not fit.
    DataError
        If `data` is no data set.
    """
    checked = None if data is None else resolve(data)
    sized = sized_for(network, checked) if checked else checked_network(network)
    batch = _batch(checked)
    # What is found of large graphs is millions of small objects.
    with uncollected():
        compiled = Compiled(sized, seed)
        probe = FirstBatch.of(compiled, batch)
        counted = ledgers.ledger_of(compiled, batch=batch)
        others = ledgers.compare(sized, compare, seed=seed, batch=batch)
        return Inspection(
            network=sized,
            findings=tuple(linting.findings_of(sized, probe, checked)),
            ledger=counted,
            locality=tuple(localities.locality(sized)),
            checks=tuple(selftest.checks_of(compiled)) if self_test else (),
            others=others,
        )


def _batch(data: Data | None) -> np.ndarray | None:
    """Return the first examples as numbers."""
    if data is None:
        return None
    x = data.train.x[:N_EXAMPLES]
    return data.units.applied(x) if x.dtype == np.uint8 else x
