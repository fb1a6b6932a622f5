"""Angles: between what a network learns and the gradient, and between its two channels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from neurochannel.engine.holders import kept_weights
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import channel_key
from neurochannel.engine.window_edges import taken_back, windows_against
from neurochannel.model.edges import ERROR, STARTS
from neurochannel.model.network import Network
from neurochannel.observe.probe import length_of


def angle(one: Iterable[np.ndarray], other: Iterable[np.ndarray]) -> float:
    """Return the angle between two vectors, in degrees; NaN if one of them is 0.

    angle = 2 atan2(|u - v|, |u + v|) for the unit vectors u and v, exact also near 0 and 180.

    Parameters
    ----------
    one, other
        The vectors, in parts of any shape.

    Notes
    -----
    After W. Kahan, How futile are mindless assessments of roundoff in floating-point computation?
    (2006), section 12.
    """
    u, v = (
        np.concatenate([np.ravel(part) for part in parts], dtype=np.float64)
        for parts in (list(one), list(other))
    )
    lengths = [length_of(w) for w in (u, v)]
    if not all(0 < length < math.inf for length in lengths):
        return math.nan
    u, v = u / lengths[0], v / lengths[1]
    return math.degrees(2 * math.atan2(length_of(u - v), length_of(u + v)))


def alignments(
    network: Network, changes: Mapping[str, np.ndarray], gradient: Mapping[str, np.ndarray]
) -> Iterator[tuple[str, float]]:
    """Yield, for each population that the channel teaches, the angle of its change to the gradient.

    Parameters
    ----------
    changes, gradient
        Changes by name of forward bundle, as `Simulation.updates` and `Backprop.updates` return
        them; those of frozen bundles do not count.

    Notes
    -----
    The output learns from the error itself unless channel edges lead there, so without these it is
    left out unless the precision of its changes is limited.
    """
    for population in network.forward_order:
        incoming = [b for b in network.forward_at.into(population) if b.edges.learn]
        incoming = [bundle for bundle in incoming if not bundle.edges.pool]
        if network.signal_of(population) == ERROR:
            incoming = [b for b in incoming if b.edges.update is not None]
        elif not network.channel_at.into(population):
            continue
        if incoming:
            names = [bundle.name for bundle in incoming]
            parts = (changes[name] for name in names), (gradient[name] for name in names)
            yield population, angle(*parts)


def symmetries(run: Simulation) -> Iterator[tuple[str, float]]:
    """Yield, for each channel bundle with a forward path, the angle between C and W^T.

    Notes
    -----
    W is the forward bundle from the receiver of the channel bundle to its source or, if there is
    none, the product of the forward weights summed over all paths between them. Both vectors run
    over the edges that the channel has; W is 0 where it has none. A channel population that
    delivers one to one to a forward population stands for it. Kernels are compared with kernels,
    weights that maps share at all of their wires; nothing is said of ways through max pooling,
    which is no matrix.
    """
    described = {bundle.name: bundle for bundle in run.network.channel_bundles}
    for name, (top, bottom) in compared(run.network).items():
        key = channel_key(name)
        if windows_against(run.network, described[name]):
            yield name, angle([run.channel_weights[name]], [run.weights[f"{bottom} -> {top}"]])
            continue
        transposed = _transposed(run, top, bottom)
        if key not in run.machine.edges:
            own = run.channel_weights[name]
            if described[name].edges.shared == "maps":
                own = np.tile(own, run.network.size(bottom) // own.shape[1])
            yield name, angle([own], [_dense(transposed)])
            continue
        listed = run.machine.edges[key]
        beside = _dense(transposed[listed.sources, listed.receivers])
        yield name, angle([run.channel_edge_weights(name)], [beside])


def compared(network: Network) -> dict[str, tuple[str, str]]:
    """Return (top, bottom), the forward populations whose W belongs to C, by channel bundle."""
    found = {}
    for bundle in network.channel_bundles:
        top, bottom = (_counterpart(network, end) for end in bundle.ends)
        if top and bottom and top != bottom and _leads(network, bottom, top):
            found[bundle.name] = top, bottom
    return {name: ends for name, ends in found.items() if not _through_winners(network, *ends)}


def _through_winners(network: Network, top: str, bottom: str) -> bool:
    """Tell whether a path between two populations goes through max pooling."""
    return any(
        made.kind == "max"
        and _leads(network, bottom, name.split(" -> ")[0])
        and _leads(network, name.split(" -> ")[1], top)
        for name, made in network.geometries.items()
    ) or f"{bottom} -> {top}" in {n for n, made in network.geometries.items() if made.pools}


def _counterpart(network: Network, name: str) -> str | None:
    """Return the forward population that a name of the channel is, or that it stands for."""
    if name in STARTS:
        return network.output
    if name not in network.relays:
        return name
    served = [
        bundle.target
        for bundle in network.channel_bundles
        if bundle.source == name and bundle.edges.one_to_one and bundle.target not in network.relays
    ]
    return served[0] if len(served) == 1 else None


def _leads(network: Network, start: str, end: str) -> bool:
    reached = {start}
    for population in network.forward_order:
        if population in reached:
            reached |= {b.target for b in network.forward_at.out_of(population)}
    return end in reached


def _transposed(run: Simulation, top: str, bottom: str) -> Any:
    """Return W^T, (n_top, n_bottom), or the transposed product where there is no such bundle."""
    network = run.network
    name = f"{bottom} -> {top}"
    if network.forward_at.named(name) is not None and name not in network.geometries:
        return forward_matrix(run, name).T
    products: dict[str, Any] = {top: np.eye(network.size(top))}
    for population in reversed(network.forward_order):
        above = [
            bundle
            for bundle in network.forward_bundles
            if bundle.source == population and bundle.target in products
        ]
        if population != top and above:
            products[population] = sum(_back(run, b.name, products[b.target]) for b in above)
        if population == bottom:
            break
    return products[bottom]


def _back(run: Simulation, name: str, rows: np.ndarray) -> Any:
    """Return rows W', (n, n_source), for the weights W of a forward bundle."""
    made = run.network.geometries.get(name)
    if made:
        weights = (
            np.zeros(0) if made.pools else run.machine.parameter(kept_weights(run.network, name))
        )
        return taken_back(made, weights, rows)
    return (forward_matrix(run, name) @ rows.T).T


def forward_matrix(run: Simulation, name: str) -> Any:
    """Return the weights of a forward bundle, (n_source, n_receiver), sparse if its edges are."""
    key = kept_weights(run.network, name)
    weights, listed = run.machine.parameter(key), run.machine.edges.get(key)
    if listed is None:
        return weights
    shape = listed.n_source, listed.n_target
    return csr_array((weights, listed.receivers, listed.start), shape=shape)


def _dense(matrix: Any) -> np.ndarray:
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix)
