"""From a run of the engine to its slow twin, and how the two are compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from neurochannel.engine.simulation import Simulation
from neurochannel.engine.weight_views import Weights
from neurochannel.model.edges import OWN
from neurochannel.model.network import Network
from tests import reference
from tests.descriptions import describe
from tests.reference import Net, State
from tests.reference_devices import Devices, Edges, Synapses, devices_of
from tests.rounding import is_steady

Array = NDArray[Any]
LARGEST_BATCH = 7


def simulation(network: Network, seed: int = 0, **options: Any) -> Simulation:
    options = {"rate": 0.1, "batch_size": LARGEST_BATCH, "dtype": "float64", **options}
    return Simulation(network, seed=seed, **options)


def masks_of(run: Simulation) -> tuple[dict[str, Array], dict[str, Array]]:
    network = run.network

    def mask(bundle: Any, edges: tuple[Array, Array]) -> Array:
        mask = np.zeros((network.size(bundle.source), network.size(bundle.target)), bool)
        mask[edges[0], edges[1]] = True
        assert mask.sum() == len(edges[0]) == len(edges[1])
        return mask

    return (
        {e.name: mask(e, run.edges(e.name)) for e in network.forward_bundles},
        {e.name: mask(e, run.channel_edges(e.name)) for e in network.channel_bundles},
    )


def twin_of(run: Simulation) -> tuple[Net, State]:
    """The run's network, and its weights and biases as they are now."""
    net = describe(run.network, *masks_of(run))
    drawn = reference.initial(net, run.seed)
    kept = {n for n, e in net.channel.items() if e.kind in OWN}
    return net, State(
        {n: np.array(run.weights[n], np.float64) for n in drawn.W},
        {h: np.array(run.biases[h], np.float64) for h in drawn.b},
        drawn.C | {n: np.array(run.channel_weights[n], np.float64) for n in kept},
        run.seed,
        run.updates_done,
        velocities_of(run),
        late_messages_of(run),
        int(run.machine.states().get("clock", (0,))[0]),
        run.chip_seed,
        synapses_of(run, net),
    )


def synapses_of(run: Simulation, net: Net) -> Synapses:
    """The devices of a run as they are now, and how its weights are read."""
    network, made, readers = run.network, {}, {}

    def add(
        key: str, synapse: Any, mask: Array, shown: Array, names: tuple[str, ...] = ("one",)
    ) -> None:
        if synapse is None or key in made:
            return
        fields, ends = synapse.at_work, np.nonzero(np.atleast_2d(mask))
        edges = Edges(*ends, key).repeated(len(names), np.atleast_2d(mask).shape)
        made[key] = one = devices_of(fields, edges, run.chip_seed)
        sides = getattr(one, "sides", (one,))
        for side in sides:
            load(side, run.machine.states(), shown)
        if "read_noise" in fields:
            readers[key] = {k: fields[k] for k in ("read_noise", "read") if k in fields}

    for bundle in network.forward_bundles:
        mask = net.forward[bundle.name].mask
        shown = np.asarray(run.weights[bundle.name], np.float64)[mask]
        several = network.shares.get(bundle.edges.share, (bundle,))
        add(f"weights:{network.holder(bundle.name)}", bundle.edges.synapse, mask, shown, several)
    for name, own in run.biases.items():
        bias = network.populations[name].bias_rule
        several = network.bias_shares.get(bias.share, (name,))
        key, every = f"bias:{network.bias_holder(name)}", np.ones(len(own), bool)
        add(key, bias.synapse, every, np.array(own), several)
    for bundle in network.channel_bundles:
        key, synapse, kind = f"channel:{bundle.name}", bundle.edges.synapse, bundle.edges.weights
        if kind in ("adaptive", "random"):
            mask = net.channel[bundle.name].mask
            shown = np.asarray(run.channel_weights[bundle.name], np.float64)[mask]
            add(key, synapse, mask, shown)
        elif synapse is not None:
            readers[key] = synapse.at_work
        elif kind == "tied" and bundle.target != network.output:
            across = f"{bundle.target} -> {bundle.sender(network.output)}"
            mirrored = f"weights:{network.holder(across)}"
            readers |= {key: readers[mirrored]} if mirrored in readers else {}
    return Synapses(made, readers)


def load(one: Devices, states: dict[str, Array], shown: Array) -> None:
    """Let devices hold what those of a run do."""
    key = one.edges.key
    held = np.array(states.get(f"hidden:{key}", shown), np.float64).ravel()
    one.w = -held if one.side < 0 else held
    one.age = np.array(states.get(f"age:{key}", 0 * held), np.float64).ravel()
    one.error = np.array(states.get(f"written:{key}", 0 * held), np.float64).ravel()


def velocities_of(run: Simulation) -> dict[str, Array]:
    """What changes left in motion, by the key of their weights or biases."""
    weights, moving = Weights(run.machine), {}
    for key, array in run.machine.states().items():
        if not key.startswith("velocity:"):
            continue
        owner = key.removeprefix("velocity:")
        kind, name = owner.split(":", 1)
        sizes = tuple(run.network.size(part) for part in name.split(" -> "))
        stored = np.array(array, np.float64)
        moving[owner] = stored if kind == "bias" else weights.matrix(owner, sizes, stored)
    return moving


def late_messages_of(run: Simulation) -> dict[str, tuple[Array, ...]]:
    """Messages on their way by the name of their bundle, the earliest first."""
    states, late = run.machine.states(), {}
    for key, array in states.items():
        if key.startswith("waiting:"):
            name, ring = key.removeprefix("waiting:channel:"), np.array(array)
            examples, updates = states["clock"]
            filled = states.get(f"filled:channel:{name}")
            if filled is None:
                late[name] = (np.roll(ring, -(examples % len(ring)), axis=0),)
            else:
                slots = ring.reshape(len(filled), -1, ring.shape[1])
                order = np.roll(np.arange(len(filled)), -(updates % len(filled)))
                late[name] = tuple(slots[k][: filled[k]] for k in order)
    return late


def by_name(change: reference.Change) -> dict[str, Array]:
    return {**change.W, **change.b, **change.C}


def agree(got: Any, expected: dict[str, Array], rtol: float = 1e-9, atol: float = 1e-11) -> bool:
    return all(
        np.shape(got[n]) == v.shape and np.allclose(got[n], v, rtol, atol)
        for n, v in expected.items()
    )


def assert_agree(
    got: Any, expected: dict[str, Array], rtol: float = 1e-9, atol: float = 1e-11
) -> None:
    for name, value in expected.items():
        assert_allclose(got[name], value, rtol=rtol, atol=atol, err_msg=name)


def assert_agree_where_steady(
    got: Any,
    expected: dict[str, Array],
    net: Net,
    state: State,
    batch: tuple[Array, Array],
    rate: float,
) -> None:
    """Compare; only if they differ, ask whether a value was within an ulp of a jump."""
    if not agree(got, expected):
        assume(is_steady(net, state, *batch, rate))
        assert_agree(got, expected)


def assert_rest_is_still(got: dict[str, Array], expected: dict[str, Array]) -> None:
    """What the twin leaves out (frozen, unreached) is left out or 0."""
    for name in got.keys() - expected.keys():
        assert not np.any(got[name]), name
