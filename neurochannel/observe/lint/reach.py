"""Neurons that no input reaches or that reach no output, and ways that bend nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.model.network import Network
from neurochannel.observe.lint.finding import Finding, error, some_neurons, warning
from neurochannel.observe.lint.first_batch import FirstBatch, backward, onward
from neurochannel.observe.lint.flat_edges import NeuronFlags
from neurochannel.observe.lint.unread_windows import left_out

LINEAR = ("linear", "power(1)")


def from_input(probe: FirstBatch) -> NeuronFlags:
    """Return which neurons a forward path from the input reaches."""
    network, wires, reached = probe.network, probe.forward_wires, probe.nobody()
    reached[network.input][:] = True
    for population in network.forward_order:
        wires.onward(reached, population)
        for bundle in wires.others.into(population):
            edges, n = probe.forward_edges(bundle.name), network.size(population)
            reached[population] |= onward(reached[bundle.source], edges, n)
    return reached


def leading_to(probe: FirstBatch, top: str, also: NeuronFlags | None = None) -> NeuronFlags:
    """Return from which neurons a forward path leads to a population, or to some others."""
    network, wires = probe.network, probe.forward_wires
    leading = probe.nobody() if also is None else also
    leading[top][:] = True
    for population in reversed(network.forward_order):
        wires.backward(leading, population)
        for bundle in wires.others.out_of(population):
            edges, n = probe.forward_edges(bundle.name), network.size(population)
            leading[population] |= backward(leading[bundle.target], edges, n)
    return leading


def reach_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find what the input does not reach, and what does not reach the output."""
    network = probe.network
    # What windows leave out is told of the windows.
    told = probe.nobody()
    for name in network.forward_order:
        told[name] = left_out(network, name)
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
    heard = network.forward_at.into(population)
    what = (
        "has neurons that no input reaches"
        if heard
        else "has no incoming forward edges, so its neurons are constants f(bias)"
    )
    yield warning(
        f"populations.{population}",
        f"{what}: {which}; add forward edges that lead there from '{network.input}'",
    )
