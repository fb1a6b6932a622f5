"""Messages that come too late."""

from __future__ import annotations

from collections.abc import Iterator

from neurochannel.data import Data
from neurochannel.model.network import Network
from neurochannel.observe.lint.finding import Finding, warning


def late_findings(network: Network, data: Data | None) -> Iterator[Finding]:
    """Find delays that are longer than an epoch, however small the batches are."""
    n = len(data.train.x) if data is not None else None
    for bundle in network.channel_bundles:
        message = bundle.edges.message
        if message is not None and n is not None and message.delay > n:
            yield warning(
                f"{bundle.where} {bundle.name} message.delay",
                f"is {message.delay:,} {message.unit}s, longer than an epoch of {n:,} examples, so "
                "that nothing arrives in the first one; choose a smaller delay",
            )
