"""Neurons that no input reaches or that reach no output, and ways that bend nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.model.network import Network
from neurochannel.observe.lint.finding import Finding, error, some_neurons, warning
from neurochannel.observe.lint.first_batch import FirstBatch, Flags, backward, nobody, onward
from neurochannel.observe.lint.unread_windows import left_out

LINEAR = ("linear", "power(1)")


def from_input(probe: FirstBatch) -> Flags:
    """Return which neurons a forward path from the input reaches."""
    network = probe.network
    reached = nobody(network, *network.forward_order)
    reached[network.input][:] = True
    place = {name: at for at, name in enumerate(network.forward_order)}
    for bundle in sorted(network.forward_bundles, key=lambda bundle: place[bundle.source]):
        edges, n = probe.forward_edges(bundle.name), network.size(bundle.target)
        reached[bundle.target] |= onward(reached[bundle.source], edges, n)
    return reached


def leading_to(probe: FirstBatch, top: str, also: Flags | None = None) -> Flags:
    """Return from which neurons a forward path leads to a population, or to some others."""
    network = probe.network
    leading = also or nobody(network, *network.forward_order)
    leading[top][:] = True
    place = {name: -at for at, name in enumerate(network.forward_order)}
    for bundle in sorted(network.forward_bundles, key=lambda bundle: place[bundle.target]):
        edges, n = probe.forward_edges(bundle.name), network.size(bundle.source)
        leading[bundle.source] |= backward(leading[bundle.target], edges, n)
    return leading


def reach_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find what the input does not reach, and what does not reach the output."""
    network = probe.network
    # What windows leave out is told of the windows.
    told = {name: left_out(network, name) for name in network.forward_order}
    reached, leading = from_input(probe), leading_to(probe, network.output, told)
    if not np.any(reached[network.output]):
        yield error(
            f"populations.{network.output}",
            f"is not reached from '{network.input}', so the output cannot depend on the data; "
            "add forward edges",
        )
    for population in network.forward_order:
        yield from _unreached(probe, population, ~reached[population])
        idle = ~leading[population]
        if np.any(idle):
            kind = "inputs" if population == network.input else "activity"
            yield warning(
                f"populations.{population}",
                f"has neurons whose {kind} cannot change the output: "
                f"{some_neurons(network, population, idle)}; "
                "add forward edges from there towards "
                f"'{network.output}', or leave these neurons out",
            )
    between = [
        name
        for name in network.forward_order
        if np.any(reached[name] & leading[name]) and name not in (network.input, network.output)
    ]
    yield from _only_linear(network, between)


def _only_linear(network: Network, between: list[str]) -> Iterator[Finding]:
    """Find out whether all populations on ways from input to output are linear."""
    if between and all(network.populations[name].activation in LINEAR for name in between):
        yield warning(
            f"populations.{between[0]}",
            f"is linear, as all populations between '{network.input}' and '{network.output}' are, "
            "so the network can represent no more than one without them; "
            'write activation = "tanh", unless it is meant',
        )


def _unreached(probe: FirstBatch, population: str, lost: np.ndarray) -> Iterator[Finding]:
    if not np.any(lost):
        return
    network = probe.network
    which = some_neurons(network, population, lost)
    heard = any(bundle.target == population for bundle in network.forward_bundles)
    what = (
        "has neurons that no input reaches"
        if heard
        else "has no incoming forward edges, so its neurons are constants f(bias)"
    )
    yield warning(
        f"populations.{population}",
        f"{what}: {which}; add forward edges that lead there from '{network.input}'",
    )
