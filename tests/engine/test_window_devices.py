# ruff: noqa: E741
"""Devices of windows, kernels, maps and shared weights: against the slow twin, and edge lists."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.engine.parameters import device_rules
from neurochannel.errors import NetworkError
from neurochannel.observe.compiled import Compiled
from neurochannel.observe.device_pulses import pulses_of
from neurochannel.observe.lint.first_batch import FirstBatch
from neurochannel.plot.layout.plain import plain_drawing
from neurochannel.study.setting import with_settings
from tests.engine.continuing import assert_continues_alike
from tests.engine.test_synapses import PAIR, READ, STATIC, SYNAPSES, WIDE
from tests.networks import synapses
from tests.reference_devices import Devices, Edges, Pairs, Synapses, devices_of
from tests.windows import Twin, edges_of

RNG = np.random.default_rng(5)
X = RNG.normal(size=(7, 40)) * (RNG.random((7, 40)) > 0.3)
T = RNG.integers(0, 4, 7)
RATE, SEED = 0.3, 11
NETS = ("conv", "local", "maps", "shared", "tied")
SOME = ("trains", "all by batch", "pairs by batch", "all that is kept", "stuck pairs of few bits")


def of_batch(synapse: Any) -> Any:
    """The same device where each example cannot send pulses of its own."""
    fields = synapse.at_work if isinstance(synapse, nc.Synapse) else synapse
    if not fields or "step" not in fields or "pulses" in fields:
        return synapse
    kept = {k: v for k, v in fields.items() if k not in ("pulses_at_most", "update_management")}
    return {**kept, "pulses": "batch"}


def described(net: str, synapse: Any, *, learns: bool = True, read: Any = None) -> nc.Network:
    """Two populations of windows and an output, whose weights and biases are devices.

    conv, local: the channel has kernels of its own; maps: a broadcast; tied: backpropagation
    through a convolution and local windows; shared: both convolutions are one, and so are biases.

    synapse: that of all, or a function that makes one for each.
    learns: whether weights do, of both kinds; read: the synapse of what is tied.
    """
    make: Callable[[], Any] = synapse if callable(synapse) else lambda: synapse
    kinds = {"local": ("local", "local"), "tied": ("conv", "local")}.get(net, ("conv", "conv"))
    share, first = {"share": "k"} if net == "shared" else {}, of_batch(make())
    shapes = ({"kernel": 3}, {"kernel": 3} if share else {"kernel": 2, "stride": 2, "padding": 1})
    populations: dict[str, Any] = {"input": {"shape": [5, 4, 2]}}
    forward, frozen = [], {} if learns else {"learn": False}
    ends, of_biases = ("input -> a", "a -> b"), of_batch(make())
    for path, kind, shape in zip(ends, kinds, shapes, strict=True):
        own = first if share else make() if kind == "local" else of_batch(make())
        forward.append({"path": path, kind: {"maps": 2, **shape}, "synapse": own} | share | frozen)
        bias = of_biases if share else make() if kind == "local" else of_batch(make())
        shared = {"share": "b"} if share else {}
        bias = {"value": 0.05, "synapse": bias, **shared, **frozen}
        populations[path[-1]] = {"activation": "tanh", "bias": bias}
    bias = {"value": 0.05, "synapse": make(), **frozen}
    populations["output"] = {"size": 4, "activation": "softmax", "bias": bias}
    forward.append({"path": "b -> output", "synapse": make(), **frozen})
    weights = {"weights": "adaptive" if learns else "random"}
    if net == "tied":
        channel: list[Any] = [{"path": "error -> b -> a", "weights": "tied", "synapse": read}]
    elif net == "maps":
        maps = [{"path": f"error -> {p}", "synapse": of_batch(make())} for p in "ba"]
        channel = [{**one, **weights, "shared": "maps"} for one in maps]
    else:
        own = make() if net == "local" else of_batch(make())
        channel = [
            {"path": "error -> b", "synapse": make(), **weights},
            {"path": "b -> a", "synapse": own, "shared": "kernel", **weights},
        ]
    return nc.Network(populations=populations, forward=forward, channel=channel)


def start(network: nc.Network, **options: Any) -> nc.Simulation:
    options = {"rate": RATE, "batch_size": 7, "seed": SEED, "dtype": "float64"} | options
    return nc.Simulation(network, (X, T), **options)


# --- the twin: which edges each device has --------------------------------------------------------

Line = tuple[str, Edges, tuple[Any, Any], Any]


def numbered(run: Any, name: str) -> Any:
    """Source, receiver and number of the weight of each edge of a forward bundle."""
    bundle = next(b for b in run.network.forward_bundles if b.name == name)
    if bundle.edges.rule:
        return np.array(list(edges_of(bundle.edges, Twin(run).shape[bundle.source]))).T
    s, r = np.indices([run.network.size(end) for end in bundle.ends]).reshape(2, -1)
    return s, r, np.arange(len(s))


def lines_of(run: Any, O: Any, R: Any) -> list[Line]:
    """Key, edges, activities and signals, and weights of all that learns."""
    network, found = run.network, []

    def add(key: str, edges: Any, ends: tuple[Any, Any], w: Any) -> None:
        s, r, p = edges
        found.append((key, Edges(s, r, key, p, w.size), ends, w.ravel()))

    for b in network.forward_bundles:
        key = f"weights:{network.holder(b.name)}"
        add(key, numbered(run, b.name), (O[b.source], R[b.target]), run.weights[b.name])
    for name in run.biases:
        n, own = network.size(name), run.biases[name]
        edges = np.zeros(n, int), np.arange(n), np.arange(n) % own.size
        ends = np.ones((len(X), 1)), R[name]
        add(f"bias:{network.bias_holder(name)}", edges, ends, own)
    for b in network.channel_bundles:
        if b.edges.weights == "tied":
            continue
        w, ends = run.channel_weights[b.name], (R[b.source], O[b.target])
        if b.edges.shared == "kernel":
            s, r, p = numbered(run, f"{b.target} -> {b.source}")
            add(f"channel:{b.name}", (r, s, p), ends, w)
            continue
        s, r = np.indices([end.shape[1] for end in ends]).reshape(2, -1)
        add(f"channel:{b.name}", (s, r, s * w.shape[1] + r % w.shape[1]), ends, w)
    return list(together(found))


def together(lines: list[Line]) -> Iterator[Line]:
    """The lines of each key once: bundles that share devices are one with the ends of both."""
    for key in dict.fromkeys(line[0] for line in lines):
        some = [line for line in lines if line[0] == key]
        width = [np.cumsum([0, *(ends[k].shape[1] for _, _, ends, _ in some)]) for k in (0, 1)]
        several = [edges for _, edges, _, _ in some]
        s = np.concatenate([e.sources + width[0][i] for i, e in enumerate(several)])
        r = np.concatenate([e.receivers + width[1][i] for i, e in enumerate(several)])
        numbers = np.concatenate([e.numbers for e in several])
        ends = np.hstack([x for *_, (x, _), _ in some]), np.hstack([d for *_, (_, d), _ in some])
        yield key, Edges(s, r, key, numbers, several[0].n), ends, some[0][3]


def as_read(run: Any, lane: str = "") -> Any:
    """A run's weights as they are read in its next step, of which the twin is made."""
    network, fields = run.network, {}

    def note(reader: str, synapse: Any, *, levels: bool = False) -> None:
        # What is stored with few bits has them already.
        keys = ("read_noise", "read", "bits", "range")[: 4 if levels else 2]
        work = synapse.at_work if synapse else {}
        if found := {key: work[key] for key in keys if key in work}:
            fields[reader] = found

    for b in network.forward_bundles:
        note(f"weights:{network.holder(b.name)}", b.edges.synapse)
    for name in run.biases:
        note(f"bias:{network.bias_holder(name)}", network.populations[name].bias_rule.synapse)
    for b in network.channel_bundles:
        tied, across = b.edges.weights == "tied", f"{b.target} -> {b.sender(network.output)}"
        other = network.forward_at.named(across).edges.synapse if tied else None
        own = b.edges.synapse
        note(f"channel:{b.name}", own or other, levels=tied and own is not None)
    readers, step = Synapses({}, fields), run.updates_done << (24 if lane else 0)

    def seen(key: str, w: Any) -> Any:
        return readers.seen(key, w.ravel(), SEED, step, lane).reshape(w.shape)

    def of_channel(b: Any) -> Any:
        across = f"{b.target} -> {b.sender(network.output)}"
        tied = b.edges.weights == "tied"
        w = seen(f"channel:{b.name}", run.weights[across] if tied else run.channel_weights[b.name])
        return w.T if tied and across not in network.geometries else w

    return SimpleNamespace(
        network=network,
        weights={n: seen(f"weights:{network.holder(n)}", run.weights[n]) for n in run.weights},
        biases={n: seen(f"bias:{network.bias_holder(n)}", run.biases[n]) for n in run.biases},
        channel_weights={b.name: of_channel(b) for b in network.channel_bundles},
    )


def seen_by(run: Any) -> tuple[Any, Any]:
    """Activities and signals of the engine's next step."""
    seen, R = run._inspector.buffers(X, T, run.updates_done), run.learning_signals(X, T)
    O = {p: seen[f"activity:{p}"] for p in run.network.forward_order}
    return O, {**R, "error": R["output"]}


def twins(run: Any) -> dict[str, Devices | Pairs]:
    """The devices of a run as they start."""
    stripped = run.network
    for rule in ("forward", "channel"):
        parts = [e.model_copy(update={"synapse": None}) for e in getattr(stripped, rule)]
        stripped = stripped.model_copy(update={rule: parts})
    populations = {
        name: p.model_copy(update={"bias": p.bias.model_copy(update={"synapse": None})})
        if isinstance(p.bias, nc.Bias)
        else p
        for name, p in stripped.populations.items()
    }
    free = start(stripped.model_copy(update={"populations": populations}))
    rules, made = dict(device_rules(run.network)), {}
    for key, edges, _, w in lines_of(free, *seen_by(free)):
        if key in rules:
            made[key] = devices_of(rules[key].at_work, edges, run.chip_seed)
            made[key].start(w, SEED)
    assert made.keys() == rules.keys()
    return made


def assert_moves_as_twins(run: Any, steps: int = 3, *, learns: bool = True) -> None:
    """What is read, and what is stored after each step, are those of the twin."""
    made = twins(run)
    # The engine's smallest exponentials, and noise, are those of float32.
    near = {"rtol": 1e-6, "atol": 1e-6}
    for update in range(steps + 1):
        O, R = seen_by(run)
        for key, _, (x, d), w in lines_of(run, O, R):
            if key in made:
                np.testing.assert_allclose(w, made[key].shown, **near, err_msg=key)
                moves = (x, d) if learns else (0 * x, 0 * d)
                made[key].step(*moves, RATE, SEED, update)
        for name, wanted in Twin(as_read(run)).signals(X, np.eye(4)[T])[1].items():
            np.testing.assert_allclose(R[name], wanted, 1e-4, 1e-5, err_msg=name)
        for name, wanted in Twin(as_read(run, "prediction ")).forward(X)[1].items():
            got = run.forward(X)[name]
            np.testing.assert_allclose(got, wanted, 1e-4, 1e-5, err_msg=name)
        run.step(X, T)


@pytest.mark.parametrize(
    ("case", "net"),
    [(case, net) for case in SYNAPSES for net in NETS if net in NETS[:2] or case in SOME],
)
def test_weights_move_as_those_of_the_twin(case: str, net: str) -> None:
    assert_moves_as_twins(start(described(net, SYNAPSES[case])))


@given(st.sampled_from(NETS), st.data())
def test_any_devices_move_as_those_of_the_twin(net: str, data: st.DataObject) -> None:
    run = start(described(net, lambda: data.draw(synapses(True))), chip_seed=3)
    assert_moves_as_twins(run, 2)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("case", STATIC)
def test_weights_that_do_not_learn_only_read_leak_and_drift(case: str, net: str) -> None:
    assert_moves_as_twins(start(described(net, STATIC[case], learns=False)), learns=False)


@pytest.mark.parametrize("forward", [None, {**WIDE, "read_noise": 0.3}])
@pytest.mark.parametrize("case", READ)
def test_what_is_tied_to_windows_may_read_them_in_another_way(case: str, forward: Any) -> None:
    assert_moves_as_twins(start(described("tied", forward, read=READ[case])), 1)


# --- local windows are edges ----------------------------------------------------------------------


def listed(network: nc.Network) -> Any:
    """A run of the same network with an edge list for each bundle of local windows."""
    run, sides = start(described("local", None)), {"forward": [], "channel": []}
    for side, b in [("forward", b) for b in network.forward_bundles] + [
        ("channel", b) for b in network.channel_bundles
    ]:
        forward = side == "forward"
        rule = b.name if forward else f"{b.target} -> {b.sender(network.output)}"
        given = {k: v for k, v in b.edges.changed().items() if k not in ("local", "shared")}
        if rule in network.geometries:
            s, r, p = numbered(run, rule)
            s, r = (s, r) if forward else (r, s)
            w = (run.weights if forward else run.channel_weights)[b.name].ravel()[p]
            given |= {"edges": np.stack([s, r], 1), "init": w}
        sides[side].append({**given, "path": b.name})
    sizes = {n: {"size": network.size(n), "shape": None} for n in network.populations}
    populations = {n: {**p.changed(), **sizes[n]} for n, p in network.populations.items()}
    edges = start(nc.Network(populations=populations, **sides))
    for name in ("weights", "channel_weights"):
        born = getattr(run, name)
        for bundle in born:
            if bundle not in ("input -> a", "a -> b", "b -> a"):
                getattr(edges, name)[bundle] = born[bundle]
    return edges


ALIKE = (
    *("bounds", "few bits", "nearest steps", "trains", "long trains", "short trains"),
    *("plain trains", "trains with few bits", "leak of trains", "pairs", "drift without steps"),
)
"""Devices without spread or noise, which are drawn by their place in storage."""


@pytest.mark.parametrize("case", ALIKE)
def test_local_windows_move_as_the_same_edges_in_a_list(case: str) -> None:
    windows = start(described("local", SYNAPSES[case]))
    edges = listed(windows.network)
    for _ in range(3):
        windows.step(X, T)
        edges.step(X, T)
    for bundle in ("input -> a", "a -> b"):
        s, r, p = numbered(windows, bundle)
        got, wanted = windows.weights[bundle].ravel()[p], edges.weights[bundle][s, r]
        np.testing.assert_allclose(got, wanted, 1e-9, 1e-11, err_msg=bundle)
    s, r, p = numbered(windows, "a -> b")
    got, wanted = windows.channel_weights["b -> a"].ravel()[p], edges.channel_weights["b -> a"]
    np.testing.assert_allclose(got, wanted[r, s], 1e-9, 1e-11)


@pytest.mark.parametrize("case", ["trains", "long trains", "plain trains", "nearest steps"])
def test_local_windows_are_asked_for_the_pulses_of_the_same_edges(case: str) -> None:
    network = described("local", SYNAPSES[case])
    both = network, listed(network).network
    books = [nc.ledger(one, rate=3.0, seed=SEED, batch=X) for one in both]
    for one, other in zip(*(book.bundles for book in books), strict=True):
        got, wanted = (one.pulses, one.touched), (other.pulses, other.touched)
        assert got == pytest.approx(wanted, rel=1e-9), one.bundle
        assert one.pulses > 0


# --- what a step is, and what is kept -------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("case", SOME)
def test_it_resumes_with_the_same_bits(case: str, net: str, tmp_path: Path) -> None:
    x, t = np.tile(X, (3, 1)), np.tile(T, 3)
    network = described(net, SYNAPSES[case])
    assert_continues_alike(
        nc.Simulation(network, (x, t), rate=RATE, batch_size=4, seed=2), (x, t), tmp_path
    )


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("case", SOME)
def test_a_dry_run_tells_what_a_step_does_and_does_nothing(case: str, net: str) -> None:
    run = start(described(net, SYNAPSES[case]))
    run.step(X, T)
    before = {name: run.weights[name] for name in run.weights}
    changes, kept = run.updates(X, T), run.snapshot()
    for key, array in kept.parameters.items():
        np.testing.assert_array_equal(array, run.machine.parameter(key))
    run.step(X, T)
    for name, old in before.items():
        np.testing.assert_allclose(changes[name], run.weights[name] - old, atol=1e-14)


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("case", SOME)
def test_several_tasks_give_the_bits_of_one(case: str, net: str) -> None:
    from neurochannel.engine.compiler.coder import Coder
    from neurochannel.engine.compiler.shares import Share
    from neurochannel.engine.compiler.updates import update_code

    runs = [start(described(net, SYNAPSES[case])) for _ in range(2)]
    machine = runs[0].machine
    program = machine.program(7, labels=True)
    coder = Coder(machine.network, machine.edges, program.memory, program.paths)
    shared = [call for part in range(3) for call in update_code(coder, Share(part, 3))]
    program.phases["updates"] = tuple(shared)
    program._records.clear()
    machine._calls.clear()
    for run in runs:
        run.step(X, T)
        run.step(X, T)
    for views in ("weights", "channel_weights", "biases"):
        for name, array in getattr(runs[0], views).items():
            np.testing.assert_array_equal(array, getattr(runs[1], views)[name], err_msg=name)


@pytest.mark.parametrize("net", NETS)
def test_pulses_are_counted_for_each_device(net: str) -> None:
    """Steps to the nearest number are not drawn: each change is known."""
    network = described(net, {"step": 0.01, "pulses": "exact"})
    probe = FirstBatch.of(Compiled(network, SEED), X)
    changes = probe.run._inspector.updates(*probe.batch, 0, 3.0)
    lines = {one.name: one for one in probe.lines()}
    for name, one in lines.items():
        asked = pulses_of(one, 3.0, len(X))
        counts = np.abs(changes[name] / 0.01)
        assert asked.total * len(X) == pytest.approx(counts.sum(), abs=1e-6), name
        assert asked.touched * len(X) == pytest.approx(np.count_nonzero(counts > 0.5)), name
        assert one.n >= np.count_nonzero(counts), name
    learning = {name for name, change in changes.items() if np.any(change)}
    assert learning == lines.keys() | (learning & {"a -> b", "b"} if net == "shared" else set())


# --- descriptions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
def test_files_and_graphs_hold_them(net: str) -> None:
    network = described(net, SYNAPSES["all by trains"])
    assert nc.Network.from_toml(io.StringIO(network.to_toml())) == network
    for level in ("population", "neuron"):
        assert nc.from_networkx(nc.to_networkx(network, level)) == network
    nc.inspect(network)


def test_defaults_recipes_and_axes_reach_windows() -> None:
    device = {"preset": "ecram", "pulses": "batch"}
    network = nc.convnet((6, 5), nc.conv(3, 3), nc.pool(2), nc.local(2, 3), 4)
    network = network.with_channel(nc.arbp(synapse=device))
    network = network.with_defaults(forward={"synapse": device})
    made = dict(device_rules(network))
    windows = "weights:input -> conv1", "weights:pool1 -> conv2", "channel:conv2 -> pool1"
    assert {*windows} <= made.keys()
    assert all(one == nc.Synapse(**device) for one in made.values())
    finer = with_settings(network, {"defaults.forward.synapse.step": 1e-4})
    assert dict(device_rules(finer))[windows[0]].step == 1e-4
    of_channel = network.with_channel(nc.asrbp(shared="maps"))
    of_channel = of_channel.with_defaults(channel={"synapse": device})
    assert dict(device_rules(of_channel))["channel:error -> conv1"] == nc.Synapse(**device)
    titles = str(plain_drawing(network).to_dict())
    assert titles.count("device ecram") >= 3


def test_pulses_of_examples_are_refused_where_weights_are_shared() -> None:
    for net, place in (
        ("conv", "forward[0].synapse.pulses"),
        ("conv", "channel[1].synapse.pulses"),
        ("maps", "channel[0].synapse.pulses"),
    ):
        network = described(net, {**WIDE, "step": 0.01})
        side, index = place[:7], int(place[8])
        parts = list(getattr(network, side))
        parts[index] = parts[index].model_copy(update={"synapse": nc.Synapse(step=0.01, **WIDE)})
        with pytest.raises(NetworkError) as refused:
            network.model_copy(update={side: parts})
        sentence = refused.value.problems[0]
        assert sentence.startswith(f'{place} must be "batch" or "exact" for '), sentence
        assert 'changes are added up first, got "example"; write pulses = "batch"' in sentence
    described("local", {**PAIR, "step": 0.01})
