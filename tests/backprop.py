"""What backpropagation is: the gradient by finite differences, and its channels as plain values."""

from __future__ import annotations

import numpy as np

from tests.networks import ROOT
from tests.reference import Array, Change, Channel, Net, State, forward, loss, sharers


def gradient(net: Net, state: State, x: Array, t: Array, by: float = 1e-5) -> Change:
    """Derivative of the loss by every weight and bias, by central finite differences."""
    W = {n: w.copy() for n, w in state.W.items()}
    b = {h: v.copy() for h, v in state.b.items()}
    for parts, arrays in ((net.forward, W), (net.populations, b)):
        for name in arrays:
            arrays[name] = arrays[next(n for n in sharers(parts, name) if n in arrays)]
    state = state._replace(W=W, b=b)

    def slopes(parameter: Array) -> Array:
        slopes = np.zeros(parameter.shape)
        for i, value in np.ndenumerate(parameter):
            parameter[i] = value + by
            above = loss(net, state, x, t)
            parameter[i] = value - by
            below = loss(net, state, x, t)
            parameter[i] = value
            slopes[i] = (above - below) / (2 * by)
        return slopes

    return Change(
        {n: net.forward[n].mask * slopes(w) for n, w in W.items()},
        {h: slopes(v) for h, v in b.items()},
        {},
    )


def is_smooth(net: Net, state: State, x: Array) -> bool:
    """No total input is near the kink of its activation, where finite differences fail."""
    S, _ = forward(net, state, x)
    kinked = [h for h in S if net.populations[h].activation in ("relu", "power(1.5)", ROOT)]
    return all(np.abs(S[h]).min() > 1e-2 for h in kinked)


def teachable(net: Net) -> set[str]:
    """Populations above the input from which a path leads to the output."""
    found: set[str] = set()
    while (
        more := {e.source for e in net.forward.values() if e.target in found | {net.output}} - found
    ):
        found |= more
    return found - {net.input}


def mirrored(net: Net) -> Net:
    """Backpropagation: the tied mirror image of every forward bundle on a way to the output."""
    channel, reached = {}, teachable(net)
    for e in net.forward.values():
        if e.source in reached and e.target in reached | {net.output}:
            source = "error" if e.target == net.output else e.target
            channel[f"{source} -> {e.source}"] = Channel(source, e.source, e.mask.T, "tied")
    return net._replace(channel=channel)


def skipped(net: Net) -> Net:
    """Skipped backpropagation: the tied product from `error` to every hidden population."""
    n_output = net.populations[net.output].size
    channel = {}
    for h in teachable(net):
        everywhere = np.ones((n_output, net.populations[h].size), bool)
        channel[f"error -> {h}"] = Channel("error", h, everywhere, "tied_product")
    return net._replace(channel=channel)
