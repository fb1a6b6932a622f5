"""Rules of messages that depend on the neurons that send them."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.model.bundles import AnyBundle
from neurochannel.model.problems import Problem
from neurochannel.model.wiring import Wiring


def message_rules(wiring: Wiring) -> Iterator[Problem]:
    """Find competitions without competitors."""
    bundles: tuple[AnyBundle, ...] = (*wiring.forward, *wiring.channel)
    for bundle in bundles:
        message = bundle.edges.message
        source = bundle.sender(wiring.output or bundle.source)
        if message is not None and message.budget is not None and wiring.size(source) == 1:
            yield Problem(
                (bundle.where, "message", "budget"),
                f"must be left out on '{bundle.name}', whose source has a single neuron; remove it",
            )
