"""Sizes that look swapped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from neurochannel.model.network import Network
from neurochannel.observe.lint.finding import Finding, warning


def size_findings(network: Network) -> Iterator[Finding]:
    """Find a classifier that widens all the way from few inputs to many classes.

    Decoders do that as well, but they have no softmax.
    """
    on_the_way = {network.input, network.output} | network.teachable
    sizes = [network.size(name) for name in network.forward_order if name in on_the_way]
    widening = len(sizes) > 2 and all(a < b for a, b in pairwise(sizes))
    if widening and sizes[-1] >= 2 * sizes[0] and network.loss_name == "cross_entropy":
        yield warning(
            f"populations.{network.output}",
            f"has {sizes[-1]} classes for {sizes[0]} inputs, and every population on the way is "
            "larger than the one before; exchange the sizes if they are swapped, "
            'or write activation = "linear" in the output if this is a decoder',
        )
