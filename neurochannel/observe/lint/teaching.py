"""Who gets a learning signal, and which wires of the channel teach nobody."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neurochannel.engine.edgelists import EdgeList, mirror
from neurochannel.engine.streams import channel_key
from neurochannel.model.edges import ERROR, SIGNED, STARTS
from neurochannel.model.learning import LEARNING
from neurochannel.model.network import Bundle, ChannelEdges, ForwardEdges
from neurochannel.model.problems import listed
from neurochannel.observe.lint.finding import Finding, error, some_neurons, warning
from neurochannel.observe.lint.first_batch import FirstBatch, backward, onward
from neurochannel.observe.lint.flat_edges import NeuronFlags
from neurochannel.observe.lint.reach import leading_to
from neurochannel.observe.lint.unread_windows import left_out

Channel = Bundle[ChannelEdges]


def teaching_findings(probe: FirstBatch) -> Iterator[Finding]:
    """Find learners without a signal, and channel edges without a learner."""
    learners, taught = probe.learners(), _taught(probe)
    yield from _nothing_learns(probe, learners, taught)
    yield from _untaught(probe, learners, taught)
    yield from _dead_wires(probe, learners)
    yield from _frozen_mirrors(probe)


def _delivers(probe: FirstBatch, bundle: Channel, sources: np.ndarray) -> np.ndarray:
    """Return which receivers hear a chosen source over a weight that is not always 0."""
    n, fixed = probe.network.size(bundle.target), probe.fixed_weights(bundle)
    edges = probe.channel_edges(bundle)
    if fixed is not None and edges is None:
        loud: np.ndarray = np.any(fixed[sources] != 0, axis=0)
        return loud
    if fixed is not None and isinstance(edges, EdgeList):
        heard = np.zeros(n, bool)
        heard[edges.receivers[sources[edges.sources] & (fixed != 0)]] = True
        return heard
    arriving: np.ndarray = onward(sources, edges, n) & _tied_to_something(probe, bundle)
    return arriving


def _tied_to_something(probe: FirstBatch, bundle: Channel) -> np.ndarray:
    """Return which receivers of a product of forward weights lead to its source at all."""
    network = probe.network
    across = mirror(network, bundle)
    direct = across in network.forward_names
    by_path = bundle.edges.weights == "tied_product" or (
        bundle.edges.weights in SIGNED and not direct
    )
    if not by_path:
        return np.ones(network.size(bundle.target), bool)
    return leading_to(probe, across.split(" -> ")[1])[bundle.target]


def _taught(probe: FirstBatch) -> NeuronFlags:
    """Return which neurons the channel reaches, the output and relays included."""
    network, wires, taught = probe.network, probe.channel_wires, probe.nobody()
    for start in STARTS:
        taught[start][:] = True
    loud = _loud(probe)
    for population in network.channel_order:
        wires.onward(taught, population, loud)
        for bundle in wires.others.into(population):
            taught[population] |= _delivers(probe, bundle, taught[bundle.source])
    if network.signal_of(network.output) == ERROR:
        taught[network.output][:] = True
    return taught


def _loud(probe: FirstBatch) -> np.ndarray:
    """Return over which edges of the flat list something comes: not over fixed weights of 0."""
    wires, machine = probe.channel_wires, probe.run.machine
    fixed = [one.bundle.edges.weights == "random" for one in wires.listed]
    loud, spans = np.ones(len(wires.senders), bool), machine.spans
    weights = [
        spans[channel_key(one.bundle.name)].view(machine.values)
        for one, chosen in zip(wires.listed, fixed, strict=True)
        if chosen
    ]
    if weights:
        loud[wires.each(fixed)] = np.concatenate(weights) != 0
    return loud


def _nothing_learns(
    probe: FirstBatch, learners: NeuronFlags, taught: NeuronFlags
) -> Iterator[Finding]:
    if not any(np.any(mask & taught[name]) for name, mask in learners.items()):
        yield error(
            "forward",
            "has no weight that both may learn and gets a learning signal, so nothing ever "
            "changes; let the bundles into the output learn, or lead the channel to those that may",
        )


def _untaught(probe: FirstBatch, learners: NeuronFlags, taught: NeuronFlags) -> Iterator[Finding]:
    network = probe.network
    for population in network.forward_order:
        mask = learners[population]
        deaf = mask & ~taught[population] & ~left_out(network, population)
        if np.any(taught[population]) and network.n_biases(population) < len(mask):
            continue  # Those that hear nothing share the weights of others.
        if population == network.input or not np.any(deaf):
            continue
        where = f"populations.{population}"
        if not np.any(taught[population]):
            yield warning(
                where,
                "gets no learning signal, so its incoming weights and biases never learn; add a "
                f"channel path such as 'error -> {population}', or write learn = false "
                "to show that this is meant",
            )
        else:
            which = some_neurons(network, population, deaf)
            yield warning(
                where,
                f"has neurons that get no learning signal and never learn: {which}; "
                "give each a channel edge whose weight is not 0, for example by fan_in",
            )


def _useful(probe: FirstBatch, learners: NeuronFlags) -> NeuronFlags:
    """Return which neurons learn from a signal, or hand it on to others that do."""
    network, wires, useful = probe.network, probe.channel_wires, learners.copy()
    useful[network.input][:] = False
    for population in reversed(network.channel_order):
        wires.backward(useful, population)
        for bundle in wires.others.out_of(population):
            edges, n = probe.channel_edges(bundle), network.size(population)
            useful[population] |= backward(useful[bundle.target], edges, n)
    return useful


def _dead_wires(probe: FirstBatch, learners: NeuronFlags) -> Iterator[Finding]:
    network, wires, useful = probe.network, probe.channel_wires, _useful(probe, learners)
    vain, empty = wires.any(~useful.flat[wires.receivers]), np.diff(wires.first) == 0
    sound = {
        one.bundle.name
        for one, suspicious in zip(wires.listed, vain | empty, strict=True)
        if not suspicious
    }
    for bundle in network.channel_bundles:
        if bundle.name in sound:
            continue
        where = f"{bundle.where} {bundle.name}"
        if not np.any(useful[bundle.target]):
            yield warning(where, _why_dead(probe, bundle))
            continue
        edges = probe.channel_edges(bundle)
        if edges is not None and edges.n_edges == 0:
            text = "has no edges with this seed, so it carries nothing; raise its density"
            yield error(where, text)
            continue
        hit = onward(np.ones(network.size(bundle.source), bool), edges, network.size(bundle.target))
        idle = hit & ~useful[bundle.target]
        if np.any(idle):
            yield warning(
                where,
                f"has wires to neurons of '{bundle.target}' that have nothing to learn and hand "
                f"nothing on: {some_neurons(network, bundle.target, idle)}; leave these wires out, "
                "or give the neurons edges",
            )


def _why_dead(probe: FirstBatch, bundle: Channel) -> str:
    network, target = probe.network, bundle.target
    if target == network.input:
        return "leads into the input population, which has nothing to learn; remove it"
    if target in network.relays:
        return (
            f"is a dead branch: from the relay '{target}' no channel path leads on to neurons that "
            "learn; add a path from there to a forward population, or remove it"
        )
    if network.forward_at.into(target):
        return (
            f"leads into '{target}', where all incoming weights and biases are frozen or absent; "
            "let them learn, or remove these edges"
        )
    return f"leads into '{target}', which has no incoming weights to learn; remove these edges"


def _frozen_mirrors(probe: FirstBatch) -> Iterator[Finding]:
    network = probe.network
    forward = {b.name: b.edges for b in network.forward_bundles}
    for bundle in network.channel_bundles:
        across, where = mirror(network, bundle), f"{bundle.where} {bundle.name}"
        if across not in forward:
            continue
        if bundle.edges.weights == "tied" and not forward[across].learn:
            yield warning(
                where,
                f"is tied to '{across}', which is frozen, so this channel never follows anything; "
                f"let '{across}' learn, or write weights = \"random\" for weights of its own",
            )
        if bundle.edges.weights == "adaptive" and bundle.edges.decay:
            yield from _uneven_steps(where, bundle.edges, across, forward[across])


def _uneven_steps(
    where: str, own: ChannelEdges, across: str, other: ForwardEdges
) -> Iterator[Finding]:
    """Find adaptive weights that would become those that they mirror if both changed alike."""
    if not other.learn:
        yield warning(
            where,
            f"decays, while '{across}', of which it is the mirror image, is frozen, so they never "
            f"become alike; let '{across}' learn, or leave decay out",
        )
    elif own.decay == other.decay:
        uneven = [name for name in LEARNING if getattr(own, name) != getattr(other, name)]
        if uneven:
            yield warning(
                where,
                f"decays like '{across}', of which it is the mirror image, but does not have the "
                f"same {listed(uneven, 'or')}, so they never become alike; give both the same",
            )
