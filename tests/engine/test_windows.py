from __future__ import annotations

import copy
import io
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import arbp, asrbp, bp, conv, convnet, kp, local, pool, rbp, sbp, srbp, top_only
from neurochannel.errors import NetworkError, OptionError
from neurochannel.storage import load, save
from tests.storage.runs import assert_same
from tests.windows import Twin

NETS = {
    "conv": convnet((6, 5, 2), conv(3, 3), 4),
    "conv pool": convnet((6, 6), conv(4, 3), pool(2), 5, 4),
    "two": convnet((8, 7, 3), conv(4, 3), pool(3, 2), conv(5, (3, 1)), pool(2, kind="mean"), 6, 4),
    "strided": convnet((9, 7, 2), conv(3, (3, 2), stride=(2, 1), padding="valid"), 4),
    "padded": convnet((4, 5, 2), conv(18, 2, padding=2), pool((2, 3)), 4),
    "local": convnet((6, 5, 2), local(3, 3), pool(2, 1), local(9, 2, stride=2, padding=1), 4),
    "mixed": convnet((5, 5), conv(3, 3), local(2, 3, padding="valid"), conv(2, 3), 4),
    "wide": convnet(
        (3, 31, 2), conv(34, 3), pool((1, 2)), conv(3, (3, 5), stride=(1, 2), padding=2), 4
    ),
    "relu": convnet((6, 6), conv(4, 3), pool(2), 4, activation="relu"),
    "no bias": convnet((6, 6), conv(4, 3), pool(2), 4, bias=False),
}
RECIPES = {
    "bp": bp(),
    "rbp": rbp(),
    "arbp": arbp(),
    "srbp": srbp(),
    "asrbp": asrbp(),
    "srbp of maps": srbp(shared="maps"),
    "asrbp of maps": asrbp(shared="maps"),
    "srbp through pools": srbp(through="pool"),
    "top only": top_only(),
    "kp": kp(),
}


def run_of(network: nc.Network, seed: int = 1, **options: object) -> nc.Simulation:
    return nc.Simulation(network, **({"dtype": "float64", "rate": 0.3, "seed": seed} | options))


def batch_for(network: nc.Network, n: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, network.size("input"))) * (rng.random((n, network.size("input"))) > 0.3)
    return x, np.eye(network.size("output"))[rng.integers(0, network.size("output"), n)]


def assert_alike(got: dict, wanted: dict, tolerance: float = 1e-12) -> None:
    for name, array in wanted.items():
        np.testing.assert_allclose(got[name], array, tolerance, tolerance, err_msg=name)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("net", NETS)
def test_a_step_is_that_of_dense_matrices_with_shared_weights(net: str, recipe: str) -> None:
    run = run_of(NETS[net].with_channel(RECIPES[recipe]))
    for name in run.biases:
        run.biases[name] = np.random.default_rng(3).normal(size=run.biases[name].shape)
    x, t = batch_for(run.network)
    for n in (5, 1, 40):
        x, t = batch_for(run.network, n, seed=n)
        twin = Twin(run)
        assert_alike(run.forward(x), twin.forward(x)[1])
        assert_alike(run.learning_signals(x, t), twin.signals(x, t)[1])
        wanted = Twin(run).updates(x, t, 0.3)
        if recipe == "kp":
            continue
        got = run.updates(x, t)
        assert_alike(got, wanted)
        assert all(not got[name].any() for name in got.keys() - wanted.keys())
        run.step(x, t)


@pytest.mark.parametrize("net", NETS)
def test_single_precision_agrees_with_double(net: str) -> None:
    network = NETS[net].with_channel(bp())
    one, two = run_of(network), run_of(network, dtype="float32")
    x, t = batch_for(network, 20)
    for name in one.weights:
        one.weights[name] = two.weights[name]
    wanted = one.updates(x.astype("f4"), t)
    for name, array in two.updates(x.astype("f4"), t).items():
        np.testing.assert_allclose(array, wanted[name], 1e-4, 1e-6, err_msg=name)


@pytest.mark.parametrize("net", ["two", "padded", "local", "mixed"])
def test_bp_is_the_gradient(net: str) -> None:
    run = run_of(NETS[net].with_channel(bp()), rate=1.0)
    x, t = batch_for(run.network, 4)
    changes, rng, e = run.updates(x, t), np.random.default_rng(0), 1e-6
    for views in (run.weights, run.biases):
        for name in views:
            kept = np.array(views[name])
            for _ in range(4):
                at = tuple(rng.integers(0, n) for n in kept.shape)
                losses = []
                for sign in (1, -1):
                    moved = kept.copy()
                    moved[at] += sign * e
                    views[name] = moved
                    losses.append(run.evaluate((x, t)).loss)
                views[name] = kept
                slope = (losses[0] - losses[1]) / (2 * e)
                np.testing.assert_allclose(changes[name][at], -slope, 1e-5, 1e-8, err_msg=name)


def test_the_first_of_equal_activities_wins() -> None:
    network = convnet((2, 2), pool(2), 2).with_channel(bp())
    other = convnet((2, 2), conv(1, 1), pool(2), 2).with_channel(bp())
    assert run_of(network).forward(np.ones((1, 4)))["pool1"] == 1
    x = np.zeros((1, 4))
    signal = run_of(other).learning_signals(x, np.eye(2)[:1])["conv1"][0]
    assert signal[0] != 0
    assert not signal[1:].any()


LINEAR = {
    "means": convnet(
        (6, 7, 2), conv(3, 3), pool(2, kind="mean"), local(4, 2, stride=2, padding=1), 5, 3
    ),
    "strided": convnet(
        (7, 7), conv(9, (3, 2), stride=(2, 1), padding=1), conv(2, 3), pool(3, 2, kind="mean"), 3
    ),
}


def linear(net: nc.Network) -> nc.Network:
    """The same network with linear hidden populations."""
    parts = {
        name: part.model_copy(update={"activation": "linear"} if name != net.output else {})
        for name, part in net.populations.items()
    }
    return net.model_copy(update={"populations": parts})


@pytest.mark.parametrize("net", LINEAR)
def test_products_of_kernels_are_backpropagation_in_linear_networks(net: str) -> None:
    network = linear(LINEAR[net])
    one, other = run_of(network.with_channel(bp())), run_of(network.with_channel(sbp()))
    x, t = batch_for(network, 4)
    for _ in range(2):
        signals = one.learning_signals(x, t)
        assert_alike(
            other.learning_signals(x, t), {n: signals[n] for n in other.network.channel_order}
        )
        assert_alike(other.updates(x, t), one.updates(x, t))
        for run in (one, other):
            run.step(x, t)


@pytest.mark.parametrize("net", LINEAR)
def test_products_of_kernels_are_those_of_dense_matrices(net: str) -> None:
    """Also where units are not linear; that of means has 1 / (k k) on the wires of a window."""
    run = run_of(LINEAR[net].with_channel(sbp()))
    twin = Twin(run)
    for bundle in run.network.channel_bundles:
        product = np.eye(run.network.size("output"))
        for forward in reversed(run.network.forward_bundles):
            product = product @ twin.matrix(forward).T
            if forward.source == bundle.target:
                break
        np.testing.assert_allclose(run.channel_weights[bundle.name], product, 1e-12, 1e-14)
    x, t = batch_for(run.network, 4)
    assert_alike(run.learning_signals(x, t), twin.signals(x, t)[1])


def test_an_overlapping_product_of_a_convolution_leads_from_its_own_neurons() -> None:
    """A product from a convolution down to the input begins with its own kernel."""
    base = linear(convnet((4, 5, 2), conv(3, 3), conv(2, (3, 2), padding=1), 3)).with_channel(bp())
    skip = nc.ChannelEdges(path="conv2 -> input", weights="tied_product")
    run = run_of(base.model_copy(update={"channel": (*base.channel, skip)}))
    twin = Twin(run)
    below, above = (twin.matrix(b) for b in run.network.forward_bundles[:2])
    wanted = (below @ above).T
    np.testing.assert_allclose(run.channel_weights["conv2 -> input"], wanted, 1e-12, 1e-14)


# --- what must be the same ---------------------------------------------------------------------


def test_a_kernel_as_large_as_the_image_is_an_all_to_all_bundle() -> None:
    dense = run_of(nc.mlp(12, 5, 3).with_channel(bp()))
    windows = run_of(convnet((3, 2, 2), conv(5, (3, 2), padding="valid"), 3).with_channel(bp()))
    windows.weights["input -> conv1"] = dense.weights["input -> hidden1"].reshape(3, 2, 2, 5)
    windows.weights["conv1 -> output"] = dense.weights["hidden1 -> output"]
    x, t = batch_for(dense.network)
    one, other = dense.updates(x, t), windows.updates(x, t)
    got = other["input -> conv1"].reshape(12, 5)
    np.testing.assert_allclose(got, one["input -> hidden1"], 1e-12, 1e-14)
    np.testing.assert_allclose(other["conv1"], one["hidden1"], 1e-12, 1e-14)


@pytest.mark.parametrize("recipe", ["bp", "arbp"])
def test_the_change_of_a_shared_weight_is_the_sum_over_its_windows(recipe: str) -> None:
    layers = conv(3, 3), conv(4, 3)
    shared = run_of(convnet((5, 4, 2), *layers, 3).with_channel(RECIPES[recipe]))
    apart = run_of(convnet((5, 4, 2), *layers, 3, shared=False).with_channel(RECIPES[recipe]))
    for one, other in (
        (shared.weights, apart.weights),
        (shared.channel_weights, apart.channel_weights),
    ):
        for name in one:
            if recipe == "arbp" or one is shared.weights:
                other[name] = np.broadcast_to(one[name], other[name].shape)
    x, t = batch_for(shared.network)
    one, other = shared.updates(x, t), apart.updates(x, t)
    for name in ("input -> conv1", "conv1 -> conv2", *(["conv2 -> conv1"] * (recipe == "arbp"))):
        summed = other[name].sum(axis=(0, 1))
        np.testing.assert_allclose(one[name], summed, 1e-12, 1e-14, err_msg=name)


@pytest.mark.parametrize("recipe", ["rbp", "arbp", "srbp", "asrbp", "srbp of maps"])
def test_changes_depend_on_every_channel_weight(recipe: str) -> None:
    run = run_of(NETS["two"].with_channel(RECIPES[recipe]))
    x, t = batch_for(run.network)
    before = run.updates(x, t)
    for bundle in run.network.channel_bundles:
        if bundle.name not in run.channel_weights:
            continue
        kept = np.array(run.channel_weights[bundle.name])
        run.channel_weights[bundle.name] = kept + np.random.default_rng(0).normal(size=kept.shape)
        into = [b for b in run.network.forward_bundles if b.target == bundle.target]
        into = [b for b in into if not b.edges.pool]
        after = run.updates(x, t)
        for forward in into:
            assert (before[forward.name] != after[forward.name]).any(), bundle.name
        run.channel_weights[bundle.name] = kept


# --- runs --------------------------------------------------------------------------------------

DIGITS = convnet((8, 8), conv(8, 3), pool(2), 10)


@pytest.mark.parametrize("recipe", ["bp", "arbp", "asrbp of maps"])
def test_a_run_resumes_bit_for_bit(tmp_path: Path, recipe: str) -> None:
    network = DIGITS.with_channel(RECIPES[recipe]).with_defaults(
        forward={"momentum": 0.5, "decay": 1e-4, "update": {"bits": 6, "scale": 0.5}},
        population={"activation": "tanh", "bias": {"momentum": 0.5}},
    )
    whole, first = (nc.Simulation(network, nc.data.load("digits"), seed=2) for _ in range(2))
    whole.train(2, progress=False)
    first.train(1, progress=False)
    save(first, tmp_path / "run.h5")
    for resumed in (load(tmp_path / "run.h5"), copy.copy(first)):
        resumed.train(1, progress=False)
        assert_same(whole, resumed)


def test_a_branch_takes_kernels_over() -> None:
    run = run_of(DIGITS.with_channel(bp()))
    other = run.branch(DIGITS.with_channel(srbp()), seed=5)
    np.testing.assert_array_equal(run.weights["input -> conv1"], other.weights["input -> conv1"])


@pytest.mark.parametrize("recipe", ["bp", "srbp", "arbp", "asrbp of maps"])
def test_it_learns_digits(recipe: str) -> None:
    run = nc.Simulation(
        convnet(None, conv(8, 3), pool(2), None).with_channel(RECIPES[recipe]),
        nc.data.load("digits"),
        rate=0.05,
        batch_size=10,
    )
    run.train(5, progress=False, evaluate_every=5)
    assert run.history["test_accuracy"][-1] > 0.8


@pytest.mark.parametrize("net", ["two", "local"])
def test_threads_change_nothing_but_the_last_bits(
    net: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neurochannel.engine import together

    monkeypatch.setattr(together, "WORTH_A_THREAD", 1)
    one, two = (run_of(NETS[net].with_channel(arbp()), threads=n) for n in (1, 2))
    x, t = batch_for(one.network, 64)
    for run in (one, two):
        run.step(x, t)
    for name in one.weights:
        np.testing.assert_allclose(one.weights[name], two.weights[name], 1e-12, 1e-13)


def test_glorot_counts_the_taps_of_a_window() -> None:
    run = run_of(convnet((16, 16, 8), conv(64, 5), 2), seed=0)
    bound = np.sqrt(6 / (5 * 5 * 8 + 5 * 5 * 64))
    largest = np.abs(run.weights["input -> conv1"]).max()
    assert 0.99 * bound < largest <= bound


# --- what they look like -----------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("recipe", RECIPES)
def test_files_hold_them(net: str, recipe: str) -> None:
    network = NETS[net].with_channel(RECIPES[recipe])
    assert nc.Network.from_toml(io.StringIO(network.to_toml())) == network
    assert str(network)
    nc.plot.network(network)


def test_recipes_say_what_is_natural() -> None:
    network = convnet((8, 8), conv(4, 3), pool(2), conv(4, 3), pool(2), 6, 3)

    def arrows(recipe: object) -> dict[str, tuple]:
        bundles = network.with_channel(recipe).channel_bundles
        return {b.name: (b.edges.weights, b.edges.shared) for b in bundles}

    chain = {
        "error -> hidden1": ("random", None),
        "hidden1 -> pool2": ("random", None),
        "pool2 -> conv2": ("tied", None),
        "conv2 -> pool1": ("random", "kernel"),
        "pool1 -> conv1": ("tied", None),
    }
    assert arrows(rbp()) == chain
    skip = {f"error -> {name}": ("random", None) for name in ("hidden1", "conv2", "conv1")}
    assert arrows(srbp()) == skip
    broadcast = {n: (w, "maps" if "conv" in n else None) for n, (w, _) in skip.items()}
    assert arrows(srbp(shared="maps")) == broadcast
    pooled = {"error -> hidden1": ("random", None)}
    for n in (2, 1):
        pooled |= {f"error -> pool{n}": ("random", None), f"pool{n} -> conv{n}": ("tied", None)}
    assert arrows(srbp(through="pool")) == pooled


MISTAKES = [
    (
        lambda: convnet((6, 6), conv(3, 9, padding="valid"), 2),
        "must have a kernel of at most 6 x 6, the image of 'input', got 9 x 9",
    ),
    (lambda: convnet((6, 6), pool(7), 2), "at most 6 x 6"),
    (lambda: conv(3, 4), "padding must not be 'same', its default, for an even kernel, got 4"),
    (
        lambda: conv(3, 3, stride=2),
        "padding must not be 'same', its default, for a stride other than 1, got 2",
    ),
    (lambda: conv(0, 3), "maps must be"),
    (lambda: pool(0), "kernel must be"),
    (lambda: convnet((6, 6), conv(3, 3)), "convnet must end with the number of outputs"),
    (lambda: convnet((6, 6), 5, conv(3, 3), 2), "must start from a population with a shape"),
    (
        lambda: convnet((6, 6), conv(3, 3), pool(2), 2).with_channel(sbp()),
        "must not be tied_product on 'error -> conv1', since 'conv1 -> pool1' lies on the way, "
        "whose winners change from example to example, so that it is no fixed matrix; pool with",
    ),
    (lambda: rbp(shared="maps"), "shared must be left out unless the channel skips"),
    (
        lambda: nc.Population(shape=(3, 3), size=8),
        "shape must have as many neurons as size, 8, got",
    ),
    (lambda: nc.ForwardEdges(path="a -> b -> c", pool={"kernel": 2}), "on a path of one arrow"),
    (lambda: nc.ForwardEdges(path="a -> b", pool={"kernel": 2}, learn=False), "has no weights"),
    (lambda: nc.ForwardEdges(path="a -> b", pool={"kernel": 2}, fan_in=2), "only one key can say"),
    (lambda: nc.ChannelEdges(path="a -> b", shared="maps", weights="tied"), "shared must be left"),
]


@pytest.mark.parametrize(("make", "says"), MISTAKES)
def test_mistakes_are_told_with_their_numbers(make: object, says: str) -> None:
    with pytest.raises(NetworkError, match=says):
        make()


def network(text: str) -> nc.Network:
    return nc.Network.from_toml(io.StringIO(text))


PART = """
[populations]
input = {{ shape = [6, 6] }}
a = {{ {a} }}
b = {{ {b} }}
p = {{ {p} }}
output = {{ size = 2, activation = "softmax" }}
[[forward]]
path = "input -> a"
conv = {{ maps = 2, kernel = 3 }}
[[forward]]
path = "input -> b"
conv = {{ maps = 2, kernel = 3 }}
[[forward]]
path = "a -> p"
pool = {{ kernel = 2 }}
[[forward]]
path = "b -> {onto}"
{rule}
[[forward]]
path = "p -> output"
"""


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"onto": "p", "rule": "pool = { kernel = 2 }"},
            "must be the only forward bundle into the pool 'p', got 'a -> p' and 'b -> p'",
        ),
        (
            {"a": "shape = [5, 6, 2]"},
            r"a.shape must be \[6, 6, 2\], which conv makes of \[6, 6, 1\]",
        ),
        (
            {"a": "size = 9"},
            r"a.size must be 72, since conv makes \[6, 6, 2\] of \[6, 6, 1\], got 9",
        ),
        ({"p": 'activation = "tanh"'}, "must be linear where pooling leads, got 'tanh'"),
        ({"p": "bias = { value = 1.0 }"}, "must be left out where pooling leads"),
        ({"a": "bias = { value = [1.0, 2.0, 3.0] }"}, "must have a number for each of the 2"),
    ],
)
def test_mistakes_of_networks_are_told_with_their_numbers(fields: dict, says: str) -> None:
    plain = {"a": "", "b": "", "p": "", "onto": "output", "rule": ""}
    network(PART.format(**plain))
    with pytest.raises(NetworkError, match=says):
        network(PART.format(**(plain | fields)))


def test_images_of_another_shape_are_refused() -> None:
    colors = convnet((8, 8, 3), conv(3, 3), 10)
    with pytest.raises(NetworkError, match=r"shape must be \[8, 8, 1\], .* got \[8, 8, 3\]"):
        nc.Simulation(colors, nc.data.load("digits"))
    flat = np.zeros((3, 64)), [0, 1, 2]
    with pytest.raises(NetworkError, match="shape must be given, since the data has no shape"):
        nc.Simulation(convnet(None, conv(3, 3), 10), flat)


def test_single_edges_are_not_listed_by_a_run() -> None:
    run = nc.Simulation(DIGITS.with_channel(bp()), nc.data.load("digits"))
    with pytest.raises(OptionError, match="shared or of windows"):
        run.edges("input -> conv1")


# --- limits of what they carry -----------------------------------------------------------------

BITS = {"bits": 4, "scale": 0.5}
ALL_TO_ALL = {
    "message of activity": {"forward": {"message": {"bits": 3, "noise": 0.1, "loss": 0.2}}},
    "broken source lines": {"forward": {"message": {"dead": 0.3}}},
    "message": {"channel": {"message": {"keep": "sign", "budget": 3, "relative_noise": 0.1}}},
    "late message": {"channel": {"message": {"every": 2, "delay": 3}}},
    "receive": {"population": {"receive": BITS | {"noise": 0.1}}},
    "converters": {"population": {"neuron": {"input_bits": 5, "input_range": 2.0, "bits": 4}}},
    "mismatch": {"population": {"neuron": {"gain_spread": 0.2, "threshold_spread": 0.2}}},
    "ideal f'": {"population": {"neuron": {"noise": 0.2, "derivative": "ideal"}}},
    "dead neurons": {"population": {"neuron": {"dead": 0.3}}},
    "clock": {
        "population": {"neuron": {"clock": 0.5}},
        "forward": {"momentum": 0.5, "decay": 0.01},
    },
    "changes": {"forward": {"update": BITS | {"quantizer": "stochastic"}, "momentum": 0.3}},
    "rates": {"forward": {"rate_factor": 0.5, "decay": 0.01}},
}


@pytest.mark.parametrize("limits", ALL_TO_ALL)
@pytest.mark.parametrize("weights", ["tied", "adaptive"])
def test_limits_act_on_a_window_as_on_an_all_to_all_bundle(limits: str, weights: str) -> None:
    """A kernel as large as the image has the same wires, weights and draws."""
    runs = []
    for rule in ({}, {"conv": {"maps": 5, "kernel": [3, 2], "padding": "valid"}}):
        own = {"shared": "kernel"} if rule and weights == "adaptive" else {}
        described = nc.Network(
            populations={
                "input": {"shape": [2, 2]},
                "b": {"shape": [3, 2, 2], "activation": "tanh"},
                "c": {"size": 5, "activation": "tanh"},
                "output": {"size": 3, "activation": "softmax"},
            },
            forward=[{"path": "input -> b"}, {"path": "b -> c", **rule}, {"path": "c -> output"}],
            channel=[
                {"path": "c -> b", "weights": weights, **own},
                {"path": "error -> c", "weights": weights},
            ],
            defaults=ALL_TO_ALL[limits],
        )
        runs.append(run_of(described, batch_size=4))
    dense, windows = runs
    start = dense.weights["b -> c"].reshape(3, 2, 2, 5)
    windows.weights["b -> c"] = start
    if weights == "adaptive":
        against = dense.channel_weights["c -> b"].T.reshape(3, 2, 2, 5)
        windows.channel_weights["c -> b"] = against
    for seed in range(4):
        x, t = batch_for(dense.network, 4, seed)
        for run in runs:
            run.step(x, t)
    np.testing.assert_allclose(windows.predict(x), dense.predict(x), 1e-12, 1e-14)
    moved = windows.weights["b -> c"]
    np.testing.assert_allclose(moved.reshape(12, 5), dense.weights["b -> c"], 1e-12, 1e-14)
    assert (moved != start).any()
    for name in ("input -> b", "c -> output"):
        np.testing.assert_allclose(windows.weights[name], dense.weights[name], 1e-12, 1e-14)


@pytest.mark.parametrize("rule", ["max", "mean"])
def test_activity_is_limited_on_its_way_to_a_pool(rule: str) -> None:
    limited = {"message": {"bits": 2, "scale": 0.5}}
    pooled = convnet((4, 4), conv(2, 3), pool(1, kind=rule), 3)
    parts = [edges.model_copy(update=limited if edges.pool else {}) for edges in pooled.forward]
    run = run_of(pooled.model_copy(update={"forward": parts}).with_channel(bp()))
    seen = run.forward(batch_for(run.network)[0])
    assert set(np.unique(seen["pool1"])) <= {-0.5, -0.25, 0.0, 0.25, 0.5}
    assert len(np.unique(seen["conv1"])) > 5


def test_limits_of_changes_reach_all_rows_of_tall_weights() -> None:
    tall = convnet((4, 4, 2), local(3, 3), conv(2, 7, padding=3), 3)
    run = run_of(
        tall.with_defaults(forward={"update": {"bits": 2, "scale": 1e-3}}).with_channel(bp())
    )
    before = {name: np.array(run.weights[name]) for name in run.weights}
    run.step(*batch_for(run.network, 3))
    for name, kept in before.items():
        steps = np.unique(np.round((run.weights[name] - kept) / 1e-3, 6))
        assert set(steps) <= {-1.0, -0.5, 0.0, 0.5, 1.0}
        assert len(steps) > 1


def part_of(kind: str, where: str, **fields: object) -> nc.Network:
    """A small network with a channel of `kind` and something more at an edge or a population."""
    described = convnet((8, 8), conv(4, 3), pool(2), local(2, 3), 3).with_channel(RECIPES[kind])
    if where in described.populations:
        one = described.populations[where].model_copy(update=fields)
        return described.model_copy(update={"populations": {**described.populations, where: one}})
    sides = {}
    for side in ("forward", "channel"):
        edges = [e for many in getattr(described, side) for e in _split(many)]
        sides[side] = [e.model_copy(update=fields if e.path == where else {}) for e in edges]
    return described.model_copy(update=sides)


def _split(edges: object) -> list:
    return [edges.model_copy(update={"path": f"{a} -> {b}"}) for a, b in edges.arrows]


WIRES = {"message": {"loss": 0.1, "per": "wire"}}
BROKEN = {"message": {"dead": 0.1, "per": "wire"}}
DEVICE = {"synapse": "idealized"}
TRAINS = {"synapse": {"step": 0.01, "bounds": [-1, 1]}}
READ = {"synapse": {"read_noise": 0.1}}
FOR_SHARED = (
    r'synapse\.pulses must be "batch" or "exact" for shared weights, \'{}\', whose changes are '
    r'added up first, got "example"; write {}$'
)
REMEDY = r'\{ preset = "idealized", pulses = "batch" \}'
LATE = {"message": {"delay": 1}}


@pytest.mark.parametrize(
    ("kind", "where", "fields", "says"),
    [
        ("bp", "input -> conv1", WIRES, r'message.per must be "message" for conv'),
        ("bp", "conv1 -> pool1", BROKEN, r'message.per must be "message" for pool'),
        ("bp", "pool1 -> conv2", BROKEN, r'message.per must be "message" for local'),
        ("bp", "conv2 -> pool1", WIRES, r'per must be "message" against \'pool1 -> conv2\''),
        ("bp", "pool1 -> conv1", WIRES, r'per must be "message" against \'conv1 -> pool1\''),
        ("arbp", "conv2 -> pool1", BROKEN, r'per must be "message" for shared weights'),
        ("asrbp of maps", "error -> conv1", WIRES, r'per must be "message" for shared weights'),
        ("bp", "input -> conv1", DEVICE, FOR_SHARED.format("input -> conv1", REMEDY)),
        ("bp", "input -> conv1", TRAINS, FOR_SHARED.format("input -> conv1", 'pulses = "batch"')),
        ("bp", "conv1 -> pool1", DEVICE, "synapse must be left out for pool"),
        ("bp", "pool1 -> conv1", READ, "synapse must be left out against 'conv1 -> pool1', which"),
        ("asrbp of maps", "error -> conv1", DEVICE, FOR_SHARED.format("error -> conv1", REMEDY)),
        ("bp", "conv1", {"bias": DEVICE}, r'pulses must be "batch" or "exact" where maps share'),
        ("bp", "pool1", {"neuron": {"bits": 3, "range": 1.0}}, "left out where pooling leads"),
        ("bp", "pool1 -> conv1", LATE, "whose winners would be those of another example, got 1"),
    ],
)
def test_what_wires_cannot_have_that_share_weights_is_refused(
    kind: str, where: str, fields: dict, says: str
) -> None:
    part_of(kind, where)
    with pytest.raises(NetworkError, match=says) as told:
        part_of(kind, where, **fields)
    assert len(told.value.problems) == 1
