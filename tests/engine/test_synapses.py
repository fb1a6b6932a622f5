"""Networks whose weights are devices, against the slow twin and against what must hold of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.study.setting import with_settings
from tests import bulk
from tests.engine.continuing import assert_continues_alike
from tests.reference_devices import Devices, Edges, Pairs, devices_of

RNG = np.random.default_rng(3)
X = RNG.normal(size=(7, 6)) * (RNG.random((7, 6)) > 0.3)
T = RNG.integers(0, 3, 7)
NET = nc.mlp(6, 5, 4, 3)
RATE, SEED = 0.4, 11
WIDE = {"bounds": [-1.0, 1.0]}
SPREAD = {
    "step_spread": 0.3,
    "asymmetry_spread": 0.1,
    "bounds": [-0.5, 0.7],
    "bounds_spread": [0.2, 0.1],
}
SOFT = {"soft": [0.8, 0.5], "soft_spread": 0.1}
POWER = {"model": "power", "exponent": [1.5, 0.5], "asymmetry": 0.2}
EXPONENTIAL = {
    "model": "exponential",
    "slope": -0.5,
    "offset": -0.4,
    "amplitude": [-0.6, -0.1],
    "growth": [2.0, 3.0],
}
PAIR = {"pair": True, "bounds": [0.0, 0.8]}
GROWN = {"step": 0.02, "step_spread": 0.3, "asymmetry_spread": 0.1, "bounds_spread": [0.0, 0.2]}
SYNAPSES: dict[str, dict[str, Any]] = {
    "bounds": {"bounds": [-0.2, 0.3]},
    "bounds that differ": {"bounds": [-0.2, 0.3], "bounds_spread": 0.4},
    "soft changes of any size": {**WIDE, **SOFT},
    "changes of any size that differ": {**SPREAD, **SOFT, "asymmetry": -0.3},
    "few bits": {**WIDE, "bits": 4},
    "few bits of a range": {"bits": 3, "range": 0.8},
    "stuck": {**WIDE, "stuck": 0.4, "stuck_range": [-0.2, 0.5]},
    "steps by chance": {**WIDE, "step": 0.01, "pulses": "batch"},
    "steps without bounds": {"step": 0.01, "pulses": "batch"},
    "nearest steps": {**WIDE, "step": 0.004, "pulses": "exact", "asymmetry": 0.2},
    "all by batch": {
        **SPREAD,
        **SOFT,
        "step": 0.01,
        "pulses": "batch",
        "cycle_noise": 0.5,
        "soft_bound": "mean",
    },
    "noise of the weight by batch": {
        **SPREAD,
        **SOFT,
        "step": 0.01,
        "pulses": "batch",
        "cycle_noise": 0.5,
        "cycle": "weight",
    },
    "trains": {**WIDE, "step": 0.01},
    "long trains": {**WIDE, "step": 0.001},
    "short trains": {**WIDE, "step": 0.002, "pulses_at_most": 4},
    "plain trains": {**WIDE, "step": 0.01, "update_management": False},
    "all by trains": {**SPREAD, **SOFT, "step": 0.005, "cycle_noise": 0.3, "lognormal": True},
    "noisy trains of one size": {**SPREAD, "step": 0.005, "cycle_noise": 0.3},
    "trains with few bits": {**WIDE, "step": 0.01, "bits": 5},
    "stuck trains": {**WIDE, "step": 0.01, "stuck": 0.3, "cycle_noise": 1.0, "cycle": "weight"},
    "leak": {"leak": 20.0, "leak_spread": 0.2, "rest": 0.1},
    "slow leak and stuck": {**WIDE, "leak": 1e4, "stuck": 0.3},
    "leak of trains": {**WIDE, "step": 0.01, "leak": 30.0},
    "drift": {**WIDE, "step": 0.05, "drift": 0.1, "t0": 9.0, "drift_spread": 0.3},
    "stuck, drift and leak": {
        "bounds": [-1.13, 1.31],
        "bounds_spread": 0.1,
        "stuck": 0.4,
        "leak": 9.0,
        "rest": 0.1,
        "drift": 0.1,
        "t0": 2.0,
    },
    "drift without steps": {"drift": 0.05},
    "writing": {**SPREAD, **SOFT, "step": 0.02, "write_noise": 0.03},
    "writing by batch": {
        **WIDE,
        "step": 0.02,
        "pulses": "batch",
        "write_noise": 0.03,
        "leak": 50.0,
    },
    "references": {**WIDE, "step": 0.01, "reference": 0.1, "reference_spread": 0.05},
    "references of few bits": {**WIDE, "bits": 4, "reference_spread": 0.05},
    "reading": {**WIDE, "step": 0.01, "read_noise": 0.05},
    "all that is kept": {
        **SPREAD,
        "step": 0.02,
        "write_noise": 0.02,
        "leak": 40.0,
        "drift": 0.1,
        "reference_spread": 0.1,
        "read_noise": 0.1,
        "read": "relative",
    },
    "power": {**SPREAD, **POWER, "step": 0.01},
    "power by batch": {**SPREAD, **POWER, "step": 0.01, "pulses": "batch", "cycle_noise": 0.2},
    "power of any size": {**SPREAD, **POWER},
    "exponential": {**SPREAD, **EXPONENTIAL, "step": 0.01, "cycle_noise": 0.4},
    "pairs": {**PAIR, "step": 0.01},
    "pairs of any size": {**PAIR, "soft": 0.7},
    "pairs that are refreshed": {**PAIR, "step": 0.05, "refresh": 1, "cycle_noise": 0.5},
    "soft pairs": {**PAIR, **GROWN, "soft": 0.9, "soft_spread": 0.1, "cycle_noise": 0.4},
    "pairs by batch": {**PAIR, **GROWN, "pulses": "batch", "cycle_noise": 0.4, "refresh": 2},
    "stuck pairs of few bits": {**PAIR, "step": 0.0171, "stuck": 0.3, "bits": 5, "refresh": 2},
    "power pairs": {**PAIR, **GROWN, "model": "power", "exponent": [1.5, 0.5]},
    "exponential pairs": {**PAIR, **GROWN, **EXPONENTIAL, "pulses": "exact"},
    "all of pairs": {
        **PAIR,
        **GROWN,
        **EXPONENTIAL,
        "cycle_noise": 0.3,
        "cycle": "weight",
        "write_noise": 0.02,
        "leak": 40.0,
        "leak_spread": 0.2,
        "rest": 0.1,
        "drift": 0.1,
        "drift_spread": 0.3,
        "refresh": 2,
    },
    "exponential by batch": {**SPREAD, **EXPONENTIAL, "step": 0.01, "pulses": "exact"},
}


def devices(synapse: Any, *, channel: Any = None, sparse: bool = False, **options: Any) -> Any:
    """A run with devices everywhere: forward, adaptive and biases."""
    network = NET.with_channel(channel or nc.arbp())
    if sparse:
        forward = [e.model_copy(update={"density": 0.6}) for e in network.forward]
        network = network.model_copy(update={"forward": forward})
    own = {"synapse": synapse}
    network = network.with_defaults(forward=own, channel=own)
    populations = {
        name: p.model_copy(update={"bias": {"synapse": synapse, "value": 0.05}})
        for name, p in network.populations.items()
        if name != "input"
    }
    network = network.model_copy(update={"populations": {**network.populations, **populations}})
    options = {"rate": RATE, "batch_size": 7, "seed": SEED, "dtype": "float64"} | options
    return nc.Simulation(network, (X, T), **options)


def bundles(run: Any) -> Any:
    """Yield (key, edges, activities, signals, weights) of all that learns."""
    seen, signals = run._inspector.buffers(X, T, run.updates_done), run.learning_signals(X, T)
    activity = {p: seen[f"activity:{p}"] for p in run.network.forward_order}
    for bundle in run.network.forward_bundles:
        s, r = run.edges(bundle.name)
        ends = activity[bundle.source], signals[bundle.target]
        yield f"weights:{bundle.name}", (s, r), ends, run.edge_weights(bundle.name)
    for bundle in run.network.channel_bundles:
        s, r = run.channel_edges(bundle.name)
        ends = signals[bundle.source], activity[bundle.target]
        yield f"channel:{bundle.name}", (s, r), ends, run.channel_edge_weights(bundle.name)
    for name, bias in run.biases.items():
        n = len(bias)
        lists = np.zeros(n, int), np.arange(n)
        yield f"bias:{name}", lists, (np.ones((len(X), 1)), signals[name]), bias


def twins(run: Any, synapse: dict[str, Any]) -> dict[str, Devices | Pairs]:
    return {
        key: devices_of(synapse, Edges(s, r, key), run.seed) for key, (s, r), _, _ in bundles(run)
    }


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("case", SYNAPSES)
def test_weights_move_as_those_of_the_twin(case, sparse):
    synapse = SYNAPSES[case]
    run = devices(synapse, sparse=sparse)
    made, free = twins(run, synapse), devices(None, sparse=sparse)
    for key, _, _, w in bundles(free):
        made[key].start(w, SEED)
    for key, _, _, w in bundles(run):
        np.testing.assert_allclose(w, made[key].shown, rtol=1e-12, atol=1e-12)
    for update in range(3):
        for key, _, (x, d), _ in bundles(run):
            made[key].step(x, d, RATE, SEED, update)
        run.step(X, T)
        for key, _, _, w in bundles(run):
            # The engine's smallest exponentials are those of float32.
            near = 1e-7 if synapse.get("leak") else 1e-10
            np.testing.assert_allclose(w, made[key].shown, rtol=near, atol=near, err_msg=key)


@pytest.mark.parametrize("case", SYNAPSES)
def test_a_dry_run_tells_what_a_step_does_and_does_nothing(case):
    run = devices(SYNAPSES[case])
    run.step(X, T)
    before = {name: run.weights[name] for name in run.weights}
    changes, kept = run.updates(X, T), run.snapshot()
    for key, array in kept.parameters.items():
        np.testing.assert_array_equal(array, run.machine.parameter(key))
    run.step(X, T)
    for name, old in before.items():
        np.testing.assert_allclose(changes[name], run.weights[name] - old, atol=1e-14)


@pytest.mark.parametrize("case", SYNAPSES)
def test_it_resumes_with_the_same_bits(case, tmp_path):
    x, t = np.tile(X, (3, 1)), np.tile(T, 3)
    network = devices(SYNAPSES[case]).network
    run = nc.Simulation(network, (x, t), rate=RATE, batch_size=4, seed=2)
    assert_continues_alike(run, (x, t), tmp_path)


@pytest.mark.parametrize("case", ["trains", "all by batch", "bounds", "few bits"])
def test_it_resumes_in_the_middle_of_an_epoch(case):
    x, t = np.tile(X, (6, 1)), np.tile(T, 6)
    network = devices(SYNAPSES[case]).network
    whole, parts = (nc.Simulation(network, (x, t), rate=RATE, batch_size=4) for _ in range(2))
    whole.train(1, progress=False)
    runner = parts._runner(parts.data.train)
    runner.prepare()

    def stop_early(position: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts._stop.set()
        parts.train(1, progress=False)
    assert 0 <= parts.progress.position < len(x)
    resumed = parts.copy()
    resumed.train(1, progress=False)
    for name, weights in whole.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], weights)


@pytest.mark.parametrize("case", SYNAPSES)
def test_several_threads_give_the_bits_of_one(case):
    network = devices(SYNAPSES[case]).network
    runs = [nc.Simulation(network, (X, T), rate=RATE, batch_size=7) for _ in range(2)]
    from neurochannel.engine.compiler.coder import Coder
    from neurochannel.engine.compiler.shares import Share
    from neurochannel.engine.compiler.updates import update_code

    machine = runs[0].machine
    program = machine.program(7, labels=True)
    coder = Coder(machine.network, machine.edges, program.memory, program.paths)
    shared = [call for part in range(2) for call in update_code(coder, Share(part, 2))]
    program.phases["updates"] = tuple(shared)
    program._records.clear()
    machine._calls.clear()
    for run in runs:
        run.step(X, T)
        run.step(X, T)
    for name, weights in runs[0].weights.items():
        np.testing.assert_array_equal(weights, runs[1].weights[name])


NEUTRAL = [
    {},
    {"model": "linear", "bounds_spread": 0.0},
    {"stuck": 0.0, "cycle_noise": 0.0},
    {"soft": 0.0, "asymmetry": 0.0},
]


@pytest.mark.parametrize("synapse", NEUTRAL)
def test_a_neutral_table_gives_the_program_of_none(synapse):
    with_table, without = devices(synapse), devices(None)
    assert with_table.network == without.network
    assert with_table.listing() == without.listing()


def test_inputs_with_a_sparse_copy_give_the_same():
    images = RNG.integers(1, 255, (40, 30), dtype=np.uint8) * (RNG.random((40, 30)) > 0.85)
    labels = RNG.integers(0, 3, 40)
    for case in ("all by trains", "steps by chance", "bounds that differ"):
        network = nc.mlp(30, 20, 3).with_channel(nc.srbp())
        network = network.with_defaults(forward={"synapse": SYNAPSES[case]})
        options = {"batch_size": 20, "seed": 1, "dtype": "float64"}
        sparse = nc.Simulation(network, (images, labels), **options)
        dense = nc.Simulation(network, (images / 255.0, labels), **options)
        names = [{line.kernel for line in run.listing()} for run in (sparse, dense)]
        assert any("pixels" in name for name in names[0] - names[1])
        for run in (sparse, dense):
            run.train(2, progress=False)
        for name, weights in dense.weights.items():
            np.testing.assert_allclose(sparse.weights[name], weights, atol=1e-10)


@pytest.mark.parametrize("managed", [True, False])
@pytest.mark.parametrize("gain", [0.3, 2.0, 5.0, 50.0])
def test_trains_are_right_on_average(managed, gain):
    """E[dw] = L step A |x| B |d|, each probability at most 1; their variance is binomial."""
    x, d, step, n = 0.8, np.linspace(0.1, 1.0, 8), 1e-4, 4000
    one = nc.Network(
        populations={"a": {"size": 1}, "b": {"size": 8, "activation": "linear", "bias": False}},
        forward=[{"path": "a -> b", "init": "zeros"}],
        loss="squared_error",
    ).with_defaults(forward={"synapse": {"step": step, "update_management": managed}})
    rate = gain * step / x
    run = nc.Simulation(one, rate=rate, batch_size=1, seed=4, dtype="float64")
    found = np.empty((n, 8))
    for update in range(n):
        run.weights["a -> b"] = np.zeros((1, 8))
        run.step(np.full((1, 1), x), d[None])
        found[update] = run.weights["a -> b"][0]
    length = 31
    if managed:
        length = min(int(np.ceil(gain)), 31)
        to = min(1.0, 31 / gain)
        of_x = np.sqrt(rate / (step * length) * to / x)
        of_d = np.sqrt(rate / (step * length) * x / to)
    else:
        of_x = of_d = np.sqrt(rate / (step * length))
    p, q = min(of_x * x, 1.0), np.minimum(of_d * d, 1.0)
    counts = found / step
    # The source's line is one for all receivers: what is due to it is allowed for apart.
    common = np.sqrt(length * p * (1 - p) / n) * q.mean()
    own = np.sqrt(length * p * q * (1 - p * q) / n)
    assert np.all(np.abs(counts.mean(axis=0) - length * p * q) <= 4 * own + 1e-9)
    mean = (counts.mean(axis=0) / (length * p * q)).mean()
    assert (
        abs(mean - 1)
        <= 3 * common / (length * p * q.mean()) + 3 * (own / (length * p * q)).max() / 8**0.5
    )
    variance = counts.var(axis=0)
    expected = length * p * q * (1 - p * q)
    # The fourth moment of a rare count is mu + 3 mu^2.
    assert np.all(np.abs(variance - expected) <= 4 * np.sqrt((expected + 2 * expected**2) / n))


def test_steps_by_chance_are_right_on_average():
    run = devices({**WIDE, "step": 0.05, "pulses": "batch"})
    wanted = devices(None).updates(X, T)
    n, total = 3000, 0.0
    for update in range(n):
        total = total + run._inspector.updates(X, T, update, RATE)["input -> hidden1"]
    target = wanted["input -> hidden1"]
    spread = np.sqrt(0.05 * np.abs(target) / n)
    assert np.all(np.abs(total / n - target) <= 5 * spread + 1e-12)


def test_weights_that_are_set_are_brought_to_their_bounds():
    run = devices({"bounds": [-0.2, 0.3], "bits": 5})
    run.weights["input -> hidden1"] = np.full((6, 5), 9.0)
    np.testing.assert_allclose(run.weights["input -> hidden1"], 0.3)
    run.biases["hidden1"] = np.full(5, -9.0)
    assert np.all(run.biases["hidden1"] >= -0.2 - 1e-9)
    stuck = devices({**WIDE, "stuck": 1.0})
    before = stuck.weights["input -> hidden1"]
    stuck.weights["input -> hidden1"] = np.zeros((6, 5))
    np.testing.assert_array_equal(stuck.weights["input -> hidden1"], before)


def test_a_branch_has_the_weights_that_its_devices_can_have():
    free = devices(None)
    network = devices({"bounds": [-0.2, 0.3]}).network
    run = free.branch(network)
    expected = np.clip(free.weights["input -> hidden1"], -0.2, 0.3)
    np.testing.assert_allclose(run.weights["input -> hidden1"], expected)


def test_defaults_never_reach_biases():
    network = NET.with_channel(nc.rbp()).with_defaults(forward={"synapse": "ecram"})
    assert all(bundle.edges.synapse.preset == "ecram" for bundle in network.forward_bundles)
    assert all(p.bias is True for p in network.populations.values())
    with pytest.raises(nc.NetworkError, match=r"defaults\.population\.synapse is not a known key"):
        network.with_defaults(population={"synapse": "ecram"})


REFUSED = {
    "momentum": ({"momentum": 0.9}, "momentum must be left out where synapses move by steps"),
    "decay": ({"decay": 0.1}, "decay must be left out where synapses move by steps"),
    "update": (
        {"update": {"bits": 3, "scale": 0.1}},
        "update must be left out where synapses move by steps",
    ),
    "frozen": ({"learn": False}, "synapse.step must be left out if learn = false"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_devices_cannot_do_is_refused(case):
    fields, sentence = REFUSED[case]
    with pytest.raises(nc.NetworkError) as refused:
        nc.ForwardEdges(path="a -> b", synapse={"step": 0.01, **WIDE}, **fields)
    assert sentence in str(refused.value)
    assert len(refused.value.problems) == 1


def test_momentum_goes_with_bounds():
    edges = nc.ForwardEdges(path="a -> b", synapse=WIDE, momentum=0.9, decay=0.01)
    assert edges.synapse == nc.Synapse(**WIDE)


OTHERS = ("tied_product", "concordant", "concordant_redrawn", "congruent")


@pytest.mark.parametrize("weights", ["random", "tied", "redrawn", *OTHERS])
def test_weights_of_the_channel_that_do_not_learn_have_no_devices(weights):
    with pytest.raises(nc.NetworkError, match="synapse must be left out for") as refused:
        nc.ChannelEdges(path="error -> b", weights=weights, synapse="ecram")
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize("weights", ["tied", "redrawn"])
@pytest.mark.parametrize("synapse", [{"step": 0.1}, {"bounds": [-1, 1]}, {"leak": 3.0}])
def test_weights_that_are_only_read_take_nothing_about_what_is_stored(weights, synapse):
    (key,) = synapse
    with pytest.raises(nc.NetworkError, match=rf"synapse\.{key} must be left out for {weights}"):
        nc.ChannelEdges(path="error -> b", weights=weights, synapse=synapse)


def test_the_identity_into_the_output_is_no_device():
    edges = {"path": "target -> output", "weights": "tied", "one_to_one": True}
    with pytest.raises(nc.NetworkError, match="where tied weights are the identity and no devices"):
        NET.with_channel(nc.ChannelEdges(**edges, synapse={"read_noise": 0.1}))


READ = {
    "noise": {"read_noise": 0.1},
    "relative noise": {"read_noise": 0.2, "read": "relative"},
    "bits": {"bits": 3, "range": 0.6},
    "both": {"bits": 3, "range": 0.6, "read_noise": 0.05},
}


def read_of(w: Any, synapse: dict[str, Any], lane: str, update: int) -> Any:
    """What is read of weights, (m, n): first their levels, then noise."""
    if "bits" in synapse:
        levels, most = 2 ** (synapse["bits"] - 1) - 1, synapse["range"]
        w = np.rint(np.clip(w / most * levels, -levels, levels)) / levels * most
    if "read_noise" in synapse:
        z = bulk.normal(bulk.key(SEED, f"read:{lane}", update), np.arange(w.size)).reshape(w.shape)
        w = w + synapse["read_noise"] * (np.abs(w) if "read" in synapse else 1) * z
    return w


@pytest.mark.parametrize("forward", [None, {**WIDE, "read_noise": 0.3}])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("case", READ)
def test_a_tied_channel_may_read_backwards_in_another_way(case, sparse, forward):
    synapse = READ[case]
    thin = {"density": 0.6} if sparse else {}
    tied = nc.ChannelEdges(path="error -> hidden2", weights="tied", synapse=synapse, **thin)
    network = NET.with_channel(tied).with_defaults(forward={"synapse": forward})
    run = nc.Simulation(network, (X, T), rate=RATE, batch_size=7, seed=SEED, dtype="float64")
    s, r = run.channel_edges("error -> hidden2")
    mask = np.zeros((3, 4))
    mask[s, r] = 1
    for update in range(2):
        signals, seen = run.learning_signals(X, T), run._inspector.buffers(X, T, run.updates_done)
        w = read_of(run.weights["hidden2 -> output"], synapse, "channel:error -> hidden2", update)
        slope = 1 - seen["activity:hidden2"] ** 2
        expected = slope * (signals["output"] @ (mask * w.T))
        np.testing.assert_allclose(signals["hidden2"], expected, atol=1e-6)
        run.step(X, T)


@pytest.mark.parametrize("sets", [None, 2])
@pytest.mark.parametrize("case", READ)
def test_weights_that_are_drawn_at_each_step_may_be_read_with_noise_and_in_few_bits(case, sets):
    synapse = READ[case]
    names = ("error -> hidden2", {"weights": "redrawn", "sets": sets})
    runs = [
        nc.Simulation(
            NET.with_channel(nc.ChannelEdges(path=names[0], **names[1], synapse=own)),
            (X, T),
            batch_size=7,
            seed=SEED,
            dtype="float64",
        )
        for own in (synapse, None)
    ]
    for update in range(3):
        drawn, seen = runs[1].channel_weights[names[0]], runs[0].channel_weights[names[0]]
        expected = read_of(drawn, synapse, f"channel:{names[0]}", update)
        np.testing.assert_allclose(seen, expected, atol=1e-6)
        for run in runs:
            run.step(X, T)


@pytest.mark.parametrize("read", ["absolute", "relative"])
def test_readings_are_noisy_apart_and_weights_are_not_changed_by_them(read):
    run = devices({**WIDE, "read_noise": 0.1, "read": read}, channel=nc.bp())
    quiet = devices(WIDE, channel=nc.bp())
    first, again = run.forward(X), run.forward(X)
    for name, activity in first.items():
        np.testing.assert_array_equal(activity, again[name])
    name = "input -> hidden1"
    np.testing.assert_array_equal(run.weights[name], quiet.weights[name])
    key, index = bulk.key(SEED, "prediction read:weights:input -> hidden1", 0), np.arange(30)
    w = quiet.weights[name]
    size = 0.1 * (np.abs(w) if read == "relative" else 1.0)
    seen = w + size * bulk.normal(key, index).reshape(6, 5)
    of_bias = bulk.normal(bulk.key(SEED, "prediction read:bias:hidden1", 0), np.arange(5))
    bias = quiet.biases["hidden1"]
    bias = bias + 0.1 * (np.abs(bias) if read == "relative" else 1.0) * of_bias
    np.testing.assert_allclose(first["hidden1"], np.tanh(X @ seen + bias), atol=1e-5)
    run.step(X, T)
    other = run.forward(X)["hidden1"]
    assert not np.allclose(other, first["hidden1"], atol=1e-3)


def test_a_tied_channel_reads_the_devices_backwards_with_draws_of_its_own():
    run = devices({**WIDE, "read_noise": 0.1}, channel=nc.bp())
    signals, seen = run.learning_signals(X, T), run._inspector.buffers(X, T, 0)
    w = run.weights["hidden2 -> output"]
    key = bulk.key(SEED, "read:channel:error -> hidden2", 0)
    read = w + 0.1 * bulk.normal(key, np.arange(12)).reshape(4, 3)
    expected = (1 - seen["activity:hidden2"] ** 2) * (signals["output"] @ read.T)
    np.testing.assert_allclose(signals["hidden2"], expected, atol=1e-6)


STATIC = {
    "few bits": {**WIDE, "bits": 3},
    "stuck": {**WIDE, "stuck": 0.4},
    "written once": {**WIDE, "write_noise": 0.1},
    "leak": {"leak": 30.0, "rest": 0.1},
    "drift": {"drift": 0.2, "t0": 5.0, "reference_spread": 0.1},
    "pairs": {**PAIR, "stuck": 0.2, "drift": 0.2, "drift_spread": 0.1, "leak": 60.0},
}


@pytest.mark.parametrize("case", STATIC)
def test_weights_that_do_not_learn_are_devices_that_only_read_leak_and_drift(case):
    synapse = STATIC[case]
    forward = [
        nc.ForwardEdges(path="input -> hidden1", learn=False, synapse=synapse),
        nc.ForwardEdges(path="hidden1 -> hidden2 -> output"),
    ]
    channel = [nc.ChannelEdges(path="error -> hidden2 -> hidden1", synapse=synapse)]
    network = NET.model_copy(update={"forward": forward, "channel": channel})
    options = {"rate": RATE, "batch_size": 7, "seed": SEED, "dtype": "float64"}
    run = nc.Simulation(network, (X, T), **options)
    free = nc.Simulation(NET.with_channel(nc.rbp()), (X, T), **options)
    pairs = [
        (run.weights, free.weights, "weights", "input -> hidden1", (6, 5)),
        (run.channel_weights, free.channel_weights, "channel", "hidden2 -> hidden1", (4, 5)),
    ]
    made = []
    for _, before, kind, name, shape in pairs:
        s, r = np.indices(shape).reshape(2, -1)
        twin = devices_of(synapse, Edges(s, r, f"{kind}:{name}"), SEED)
        twin.start(before[name].ravel(), SEED)
        made.append(twin)
    for update in range(3):
        for twin, (weights, *_, name, shape) in zip(made, pairs, strict=True):
            np.testing.assert_allclose(weights[name].ravel(), twin.shown, rtol=1e-7, atol=1e-8)
            twin.step(np.zeros((7, shape[0])), np.zeros((7, shape[1])), RATE, SEED, update)
        run.step(X, T)
    resumed = run.copy()
    run.step(X, T)
    resumed.step(X, T)
    for weights, _, _, name, _ in pairs:
        other = resumed.weights if weights is run.weights else resumed.channel_weights
        np.testing.assert_array_equal(weights[name], other[name])


def test_weights_that_do_not_learn_take_nothing_about_changes():
    with pytest.raises(nc.NetworkError) as refused:
        nc.ChannelEdges(path="error -> b", synapse={"step": 0.01, **WIDE})
    (sentence,) = refused.value.problems
    assert sentence.startswith("synapse.step must be left out for random weights, which do not")
    with pytest.raises(nc.NetworkError, match="but the preset has a step; remove it"):
        nc.ForwardEdges(path="a -> b", learn=False, synapse="ecram")


def test_a_field_of_a_named_preset_can_be_varied():
    network = NET.with_channel(nc.bp()).with_defaults(forward={"synapse": "ecram"})
    changed = with_settings(network, {"defaults.forward.synapse.cycle_noise": 0.0})
    assert changed.forward_bundles[0].edges.synapse == nc.Synapse(preset="ecram", cycle_noise=0.0)
    own = nc.mlp(6, 5, 3).with_channel(nc.bp())
    named = with_settings(own, {"forward.*.synapse": "capacitor"})
    assert named.forward_bundles[0].edges.synapse == nc.Synapse(preset="capacitor")
    finer = with_settings(named, {"forward.*.synapse.step": 0.001})
    assert finer.forward_bundles[0].edges.synapse == nc.Synapse(preset="capacitor", step=0.001)
    other = with_settings(finer, {"forward.*.synapse.preset": "ecram"})
    assert other.forward_bundles[0].edges.synapse == nc.Synapse(preset="ecram", step=0.001)


def test_pairs_fill_up_unless_they_are_refreshed():
    """Pulses up and down of the same number leave the difference, and both devices full."""
    one = nc.Network(
        populations={"a": {"size": 1}, "b": {"size": 1, "activation": "linear", "bias": False}},
        forward=[{"path": "a -> b", "init": "zeros"}],
        loss="squared_error",
    )
    x, wanted = np.ones((1, 1)), np.array([[0.3]])

    def after(n, **fields):
        synapse = {"pair": True, "step": 0.1, "bounds": [0, 1], "pulses": "exact", **fields}
        run = nc.Simulation(
            one.with_defaults(forward={"synapse": synapse}), rate=1.0, batch_size=1, seed=4
        )
        for k in range(n):
            run.step(x, run.weights["a -> b"] + (wanted if k % 2 == 0 else -wanted))
        states = run.machine.states()
        return [float(states[f"hidden:{side}weights:a -> b"][0, 0]) for side in ("", "opposite ")]

    assert after(1) == pytest.approx([0.3, 0])
    assert after(4) == pytest.approx([0.6, -0.6])
    assert after(30) == pytest.approx([1, -1])
    assert after(30, refresh=1) == pytest.approx([0.3, -0.3])
    assert after(31, refresh=5) == pytest.approx([0.3, 0], abs=1e-6)


def test_the_maps_of_pairs_have_names_of_their_own():
    network = nc.mlp(6, 5, 3).with_channel(nc.srbp()).with_defaults(forward={"synapse": "pcm"})
    chip = nc.Simulation(network, (X, T), chip_seed=5).chip
    mine, other = "weights:input -> hidden1", "opposite weights:input -> hidden1"
    names = [name for name in chip if name.endswith(mine)]
    assert names == [
        *(f"{what}:{mine}" for what in ("step up", "slope up", "upper bound")),
        *(f"{what}:{other}" for what in ("step down", "slope down", "lower bound")),
    ]
    assert np.all(chip[f"step up:{mine}"] > 0) and np.all(chip[f"lower bound:{other}"] < 0)
    assert not np.array_equal(chip[f"step up:{mine}"], chip[f"step down:{other}"])


@pytest.mark.parametrize("refresh", [None, 50])
def test_phase_change_memory_learns_and_resumes(refresh, tmp_path):
    """A pulse at weight 0 moves the preset by 28 of its steps, so the rate is small."""
    digits = nc.data.load("digits")
    network = nc.mlp(64, 20, 10).with_channel(nc.srbp())
    network = network.with_defaults(forward={"synapse": {"preset": "pcm", "refresh": refresh}})
    run = nc.Simulation(network, digits, rate=0.01, batch_size=10, seed=1)
    before = run.evaluate()
    run.train(3, progress=False)
    assert run.evaluate().accuracy > before.accuracy + 0.15
    examples = digits.test.x[:9], digits.test.t[:9]
    nc.save(run, tmp_path / "run.h5")
    others = [run.copy(), nc.load(tmp_path / "run.h5", digits)]
    for one in (run, *others):
        one.train(1, progress=False)
    for other in others:
        np.testing.assert_array_equal(other.predict(examples[0]), run.predict(examples[0]))
