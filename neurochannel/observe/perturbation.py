"""Other weights in one channel bundle, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from neurochannel.engine.activations import slope_size
from neurochannel.engine.edgelists import EdgeList, draw_edges, mirror
from neurochannel.engine.holders import kept_biases, kept_weights
from neurochannel.engine.simulation import Simulation
from neurochannel.engine.streams import channel_key
from neurochannel.engine.window_edges import listed_edges, windows_against, winners
from neurochannel.model.bundles import Bundle
from neurochannel.model.edge_paths import ARROW
from neurochannel.model.edges import ERROR, OWN, ChannelEdges
from neurochannel.model.limits import Limits
from neurochannel.model.maps import Geometry
from neurochannel.model.network import Network
from neurochannel.model.problems import listed
from neurochannel.model.weights import Init
from neurochannel.observe.backprop import copy_parameters
from neurochannel.observe.differences import Changes, parameter_changes, unlike

Channel = Bundle[ChannelEdges]
Arrays = dict[str, np.ndarray]
Trial = tuple[str, bool, str]

MOST_NAMED = 12
"""Populations that the outcome of a trial names."""
FAINT = 1e-11
"""Contributions to a signal below this fraction of it may vanish in rounding."""


@dataclass(frozen=True)
class Response:
    """What a run does with a batch: activity, learning signals and changes of parameters."""

    run: Simulation
    inputs: np.ndarray
    signals: Arrays
    changes: Changes

    @staticmethod
    def of(run: Simulation, x: np.ndarray, t: np.ndarray) -> Response:
        """Look inside."""
        return Response(run, x, run.learning_signals(x, t), parameter_changes(run, x, t))

    @cached_property
    def activity(self) -> Arrays:
        """Of the forward populations, (n, size)."""
        return self.run.forward(self.inputs)


def channel_checks(
    run: Simulation,
    bundles: Sequence[Channel],
    x: np.ndarray,
    t: np.ndarray,
    rng: np.random.Generator,
) -> Iterator[Trial]:
    """Yield (name, passed, detail) of the trial with each of some channel bundles."""
    before = Response.of(run, x, t)
    for bundle in bundles:
        other = _perturbed(run, bundle, rng)
        yield _trial(bundle, before, Response.of(other, x, t))


def _perturbed(run: Simulation, bundle: Channel, rng: np.random.Generator) -> Simulation:
    """Return a run that differs in the weights of one channel bundle only.

    Weights of its own are shifted; those that follow others or are redrawn give way to fixed
    random ones.
    """
    if bundle.edges.weights in OWN:
        other = Simulation.from_edges(run.network, run.options, run.machine)
    else:
        options = replace(run.options, chip_seed=run.chip_seed)
        network = _with_random(run.network, bundle)
        edges, first = _edges_with(run, network, bundle), (options.batch_size, False)
        other = Simulation.from_edges(network, options, edges, first)
        copy_parameters(run.machine, other.machine, but=channel_key(bundle.name))
    weights = other.machine.parameter(channel_key(bundle.name))
    weights += (0.1 + float(np.std(weights) if weights.size else 0)) * rng.normal(
        size=weights.shape
    )
    return other


def _edges_with(run: Simulation, network: Network, chosen: Channel) -> dict[str, EdgeList]:
    """Return the single edges of a run, with those of one bundle as another network has them."""
    changed = network.channel_at.named(chosen.name)
    ruled = changed is not None and changed.edges.is_sparse
    if not ruled and channel_key(chosen.name) not in run.machine.edges:
        return run.machine.edges

    def kept(key: str, _: Bundle[Any], __: EdgeList | None) -> EdgeList | None:
        return None if key == channel_key(chosen.name) else run.machine.edges.get(key)

    return draw_edges(network, run.seed, kept)


def _with_random(network: Network, chosen: Channel) -> Network:
    """Return the network with fixed random weights in one bundle of the channel.

    They have the shape of a kernel against convolution and local windows; against a pool, which has
    no weights, a single wire leads to each neuron.
    """
    channel, fixed = list[ChannelEdges](), {"weights": "random", "init": Init(), "sets": None}
    made = network.geometries.get(mirror(network, chosen))
    if made and chosen.edges.weights == "tied":
        fixed |= {"fan_in": 1} if made.pools else {"shared": "kernel"}
    for edges in network.channel:
        if chosen.ends not in edges.arrows:
            channel.append(edges)
            continue
        for source, target in edges.arrows:
            other = fixed if (source, target) == chosen.ends else {}
            path = f"{source} {ARROW} {target}"
            channel.append(edges.model_copy(update={"path": path, **other}))
    return network.with_fitting(channel=tuple(channel))


def downstream(network: Network, bundle: Channel) -> set[str]:
    """Return the populations that a bundle's messages reach, directly or by way of others."""
    reached = {bundle.target}
    for population in network.channel_order:
        if any(b.source in reached for b in network.channel_at.into(population)):
            reached.add(population)
    return reached


def _trial(bundle: Channel, before: Response, after: Response) -> Trial:
    network = before.run.network
    below = downstream(network, bundle)
    strayed = _strayed(network, bundle, below, before, after)
    changed, quiet, failed = set[str](), list[str](), list[str]()
    for population in [name for name in network.channel_order if name in below]:
        if np.any(before.signals[population] != after.signals[population]):
            changed.add(population)
            continue
        reason = _why_unchanged(bundle, population, changed, before, after)
        (quiet if reason else failed).append(f"{population} ({reason})" if reason else population)
    where = [name for name in network.channel_order if name in changed]
    parts = [f"changes {_some(where)}" if where else "changes nothing"]
    parts += [f"not {_some(quiet)}, which is explained"] if quiet else []
    parts += [f"not {_some(failed)}, although it leads there"] if failed else []
    parts += [f"but also {_some(strayed)}, where it does not lead"] if strayed else []
    if not strayed:
        parts.append("all else stays the same to the last bit")
    name = f"{bundle.name}: reaches what is downstream of it, and nothing else"
    return name, not (failed or strayed), "; ".join(parts)


def _some(names: list[str]) -> str:
    """Write the first of some names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return listed(names if more <= 0 else [*names[:MOST_NAMED], f"{more:,} more"])


def _strayed(
    network: Network, bundle: Channel, below: set[str], before: Response, after: Response
) -> list[str]:
    """Name all that changed although the bundle does not lead there."""
    signals = [
        name
        for name in (ERROR, network.output, *network.channel_order)
        if name not in below and not np.array_equal(before.signals[name], after.signals[name])
    ]
    allowed = {kept_biases(network, name) for name in below} | {channel_key(bundle.name)}
    allowed |= {kept_weights(network, b.name) for b in network.forward_bundles if b.target in below}
    # Adaptive weights listen to their source, and into a relay to what comes back over its wires.
    allowed |= {
        channel_key(b.name)
        for b in network.channel_bundles
        if b.source in below or (b.target == bundle.source and b.target in network.relays)
    }
    keys = [key for key in unlike(before.changes, after.changes) if key not in allowed]
    return signals + [f"the update of {key}" for key in keys]


# --- why nothing changed -----------------------------------------------------------------------


def _why_unchanged(
    bundle: Channel, population: str, changed: set[str], before: Response, after: Response
) -> str | None:
    """Return why a population downstream did not change, None if it should have."""
    reasons = []
    for b in before.run.network.channel_at.into(population):
        own = b.name == bundle.name
        if own or b.source in changed:
            reasons.append(_blocked(b, own, before, after))
    if not reasons:
        return "what leads there did not change"
    return None if None in reasons else listed(dict.fromkeys(reasons))


def _blocked(b: Channel, own: bool, before: Response, after: Response) -> str | None:
    """Return what keeps a change from passing over a bundle, None if nothing does."""
    limits: Limits | None = b.edges.message
    if limits is not None and limits.active:
        return f"messages on {b.name} are limited"
    limits = before.run.network.populations[b.target].receive
    if limits is not None and limits.active:
        return f"what {b.target} receives is limited"
    old, new = before.signals[b.source], after.signals[b.source]
    sent = new if own else new - old
    if not np.any(sent):
        return f"nothing is sent on {b.name}"
    slope = _slope(b, before)
    heard = before.signals[b.target]
    for response in (before, after):
        for example in range(len(sent)):
            sources, receivers, weights = _edges(response, b, example)
            weights = np.ones(len(weights)) if own else weights
            arriving = np.abs(sent[example, sources] * weights * slope[example, receivers])
            if np.any(arriving > FAINT * np.abs(heard[example, receivers])):
                return None
    return f"no wire of {b.name} joins a neuron that sends to one with f' other than 0"


def _edges(
    response: Response, b: Channel, example: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sources, receivers and weights of all edges of a bundle.

    Those against max pooling lead to the winners of the example.
    """
    run = response.run
    across = mirror(run.network, b)
    windows = windows_against(run.network, b)
    if windows:
        return _against_windows(response, b, windows.made, example)
    listed_edges = run.machine.edges.get(channel_key(b.name))
    forward = kept_weights(run.network, across)
    listed = run.machine.edges.get(forward)
    if b.edges.weights == "tied" and listed_edges is None and forward in run.machine.spans:
        weights = run.machine.parameter(forward)
        if listed is not None:
            return listed.receivers, listed.sources, weights
        receivers, sources = np.indices(weights.shape).reshape(2, -1)
        return sources, receivers, weights.ravel()
    if b.edges.shared == "maps":
        weights, n = run.channel_weights[b.name], run.network.size(b.target)
        sources, receivers = np.indices((len(weights), n)).reshape(2, -1)
        return sources, receivers, weights[sources, receivers % weights.shape[1]]
    sources, receivers = run.channel_edges(b.name)
    return sources, receivers, run.channel_edge_weights(b.name)


def _against_windows(
    response: Response, b: Channel, made: Geometry, example: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if made.kind == "max":
        taken = winners(made, response.activity[b.target][example : example + 1])[0]
        return np.arange(len(taken)), taken, np.ones(len(taken))
    pixels, positions, numbers = listed_edges(made)
    if made.kind == "mean":
        return positions, pixels, np.full(len(pixels), 1 / made.taps)
    return positions, pixels, response.run.channel_weights[b.name].ravel()[numbers]


def _slope(b: Channel, response: Response) -> np.ndarray:
    """Return |f'| of the receivers where it matters, else 1; of the size of what they hear."""
    network = response.run.network
    relay = b.target in network.relays
    activity = response.signals[b.target] if relay else response.activity[b.target]
    if not (relay or b.edges.derivative):
        return np.ones_like(activity)
    return slope_size(network.populations[b.target], activity)
