"""Networks in the words of the slow twin, with masks that say which edges there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurochannel.model.edges import STARTS, ChannelEdges, ForwardEdges
from neurochannel.model.learning import Learning
from neurochannel.model.limits import Message, Receive
from neurochannel.model.limits import Update as UpdateLimit
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias
from tests import reference
from tests.networks import Fields, Masks, sparsity_of


def describe(network: Network, masks: Masks, channel_masks: Masks) -> reference.Net:
    """The same network in the words of the slow twin."""
    populations = {}
    for name, p in network.populations.items():
        bias = p.bias if isinstance(p.bias, Bias) else Bias()
        has_bias = p.bias is not False
        size = network.size(name)
        populations[name] = reference.Population(
            size,
            p.activation,
            has_bias,
            bias.learn,
            bias.value,
            limit_of(bias.update),
            p.role,
            step_of(bias),
            limit_of(p.receive),
            reference.Neuron(**(p.neuron.changed() if p.neuron else {})),
            bias.share,
        )
    forward = {}
    for bundle in network.forward_bundles:
        e, mask = bundle.edges, masks[bundle.name]
        forward[bundle.name] = reference.Forward(
            bundle.source,
            bundle.target,
            mask,
            init_of(e, mask),
            e.learn,
            limit_of(e.update),
            step_of(e),
            limit_of(e.message),
            e.share,
        )
    channel = {}
    for bundle in network.channel_bundles:
        e, mask = bundle.edges, channel_masks[bundle.name]
        init = reference.Init() if "tied" in e.weights else init_of(e, mask)
        channel[bundle.name] = reference.Channel(
            bundle.source,
            bundle.target,
            mask,
            e.weights,
            init,
            e.derivative,
            limit_of(e.message),
            limit_of(e.update),
            step_of(e),
            e.sets,
            bool(sparsity_of(e)),
        )
    return reference.Net(network.loss_name, populations, forward, channel)


def step_of(learning: Learning) -> reference.Step:
    return reference.Step(*(getattr(learning, name) for name in reference.Step._fields))


def limit_of(limit: Message | Receive | UpdateLimit | None) -> reference.Limit | None:
    if limit is None:
        return None
    fields = reference.Limit._fields
    others = set(fields) - {"bits", "scale", "quantizer"}
    more = {name: getattr(limit, name) for name in others if hasattr(limit, name)}
    if isinstance(limit, Message):
        more |= {"wires": limit.per == "wire", "per": "batch"}
    return reference.Limit(limit.bits, limit.scale or 1.0, limit.quantizer, **more)


def init_of(edges: ForwardEdges | ChannelEdges, mask: NDArray[np.bool_]) -> reference.Init:
    init = edges.init
    if init.distribution != "explicit":
        return reference.Init(init.distribution, init.scale, init.mean)
    values = np.array(init.values, float)
    if values.ndim == 1:
        matrix = np.zeros(mask.shape)
        matrix[tuple(np.array(edges.edges).T)] = values
        values = matrix
    return reference.Init("explicit", init.scale, init.mean, values)


def some_masks(network: Network, seed: int) -> tuple[Masks, Masks]:
    """Masks that obey the sparsity of every bundle, for tests of the twin alone."""
    rng = np.random.default_rng(seed)
    masks: dict[str, NDArray[np.bool_]] = {}
    for e in network.forward_bundles:
        everywhere = np.ones((network.size(e.source), network.size(e.target)), bool)
        masks[e.name] = thinned(everywhere, sparsity_of(e.edges), rng)
    channel_masks = {}
    for e in network.channel_bundles:
        mirrored = f"{e.target} -> {network.output if e.source in STARTS else e.source}"
        candidates = np.ones((network.size(e.source), network.size(e.target)), bool)
        if mirrored in masks and (e.edges.weights == "tied" or "concordant" in e.edges.weights):
            candidates = masks[mirrored].T
        channel_masks[e.name] = thinned(candidates, sparsity_of(e.edges), rng)
    return masks, channel_masks


def thinned(
    candidates: NDArray[np.bool_], sparsity: Fields, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Keep candidates as the sparsity says."""
    if "density" in sparsity:
        return candidates & (rng.random(candidates.shape) < sparsity["density"])
    if "fan_in" in sparsity:
        order = np.where(candidates, rng.random(candidates.shape), 2.0)
        return candidates & (order.argsort(axis=0).argsort(axis=0) < sparsity["fan_in"])
    if "one_to_one" in sparsity:
        return candidates & np.eye(*candidates.shape, dtype=bool)
    if "edges" in sparsity:
        mask = np.zeros(candidates.shape, bool)
        mask[tuple(np.array(sparsity["edges"]).T)] = True
        return candidates & mask
    return candidates
