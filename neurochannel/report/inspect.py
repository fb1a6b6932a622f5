"""Everything worth knowing about a network before it is trained, in one report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np

from neurochannel.data.dataset import Data
from neurochannel.data.library import resolve
from neurochannel.engine.datasets import Given
from neurochannel.engine.gate import checked_network, sized_for
from neurochannel.model.network import Network
from neurochannel.observe import ledger as ledgers
from neurochannel.observe import lint as linting
from neurochannel.observe import locality as localities
from neurochannel.observe import selftest
from neurochannel.observe.ledger import Ledger
from neurochannel.observe.lint import Finding
from neurochannel.observe.locality import Locality
from neurochannel.observe.selftest import Check
from neurochannel.report.blocks import Document
from neurochannel.report.html import html_page
from neurochannel.report.text import text_of_document

N_EXAMPLES = 32
"""Examples of the data that lint looks at."""


@dataclass(frozen=True)
class Inspection:
    """What inspecting a network has brought to light; printed, it is a report to read.

    Parameters
    ----------
    network
        The network, all sizes filled in.
    findings
        Mistakes and suspicious choices, errors first.
    ledger
        What the network and its channel cost.
    locality
        What each learning rule reads, and where that sits.
    checks
        Outcomes of the self-test; empty if it was left out.
    others
        Ledgers of the same network with other channels, by name.
    """

    network: Network
    findings: tuple[Finding, ...]
    ledger: Ledger
    locality: tuple[Locality, ...]
    checks: tuple[Check, ...]
    others: Mapping[str, Ledger] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the network from doing what anybody could want."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that may be meant as they are."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks of the self-test that failed."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def bundles(self) -> list[dict[str, Any]]:
        """Kind, name, weights and number of edges of each bundle."""
        return [
            {"kind": row.kind, "bundle": row.bundle, "weights": row.weights, "edges": row.wires}
            for row in self.ledger.bundles
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain numbers, texts, lists and dicts."""
        return {
            "network": self.network.name,
            "bundles": self.bundles,
            "findings": [finding._asdict() for finding in self.findings],
            "ledger": self.ledger.to_dict(),
            "others": {name: other.to_dict() for name, other in self.others.items()},
            "locality": [
                row._asdict() | {"reads": [variable._asdict() for variable in row.reads]}
                for row in self.locality
            ],
            "self_test": [check._asdict() for check in self.checks],
        }

    def __str__(self) -> str:
        return text_of_document(self.document())

    def document(self, *, drawn: bool = False) -> Document:
        """Return the report as sections; `drawn` adds a drawing of the network."""
        from neurochannel.report.inspected import inspection_document

        return inspection_document(self, drawn=drawn)

    def to_html(self) -> str:
        """Return the report as one HTML page that needs nothing else."""
        return html_page(self.document(drawn=True))


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
        Other channels for the same network, whose ledgers are shown beside its own; see `compare`.
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
    counted, others = ledgers.ledger(sized, seed=seed), ledgers.compare(sized, compare, seed=seed)
    return Inspection(
        network=sized,
        findings=tuple(linting.lint(sized, seed=seed, batch=_batch(checked), data=checked)),
        ledger=counted,
        locality=tuple(localities.locality(sized)),
        checks=tuple(selftest.self_test(sized, seed=seed)) if self_test else (),
        others=others,
    )


def _batch(data: Data | None) -> np.ndarray | None:
    """Return the first examples as numbers."""
    if data is None:
        return None
    x = data.train.x[:N_EXAMPLES]
    return x * data.scale if x.dtype == np.uint8 else x
