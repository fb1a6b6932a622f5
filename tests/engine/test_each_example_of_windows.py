"""Changes of convolutions, local windows and weights of maps that are limited by example."""

from __future__ import annotations

import numpy as np
import pytest

import neurochannel as nc
from neurochannel import arbp, asrbp, conv, convnet, local, pool
from tests import bulk, reference
from tests.engine.continuing import assert_continues_alike
from tests.windows import Twin

RATE, SCALE = 0.3, 2.0**-6
NET = convnet((5, 4, 2), conv(9, 3), pool(2, 1), local(3, 2, padding=1), 5, 3)
LIMITS = {
    "powers": {"bits": 3},
    "log_zero": {"bits": 3, "quantizer": "log_zero"},
    "uniform": {"bits": 4, "quantizer": "uniform"},
    "stochastic": {"bits": 2, "quantizer": "stochastic"},
    "sign": {"keep": "sign"},
    "magnitude": {"keep": "magnitude"},
    "magnitude in bits": {"keep": "magnitude", "bits": 3},
}


def run_of(recipe, update, net=NET, **options):
    fields = {"forward": {"update": update}, "population": {"bias": {"update": update}}}
    network = net.with_channel(recipe).with_defaults(**fields)
    options = {"rate": RATE, "batch_size": 8, "seed": 2, "dtype": "float64"} | options
    return nc.Simulation(network, **options)


def batch(n=8, seed=0, net=NET):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, net.size("input"))) * (rng.random((n, net.size("input"))) > 0.4)
    return x, rng.integers(0, 3, n)


def drawn(run, key, shape, n):
    """What chance says of each element of the changes of n examples."""
    stream = f"update:{key} round_stochastic"
    begin, index = bulk.key(run.seed, stream, run.updates_done), np.arange(np.prod(shape))
    words = [bulk.word(bulk.block_key(begin, b), index) for b in range(n)]
    return np.array([bulk.unit24(word) for word in words]).astype(float).reshape(n, *shape)


def keys_of(run):
    """The names of all that is limited, and what their draws are named after."""
    adaptive = [b for b in run.network.channel_bundles if b.edges.weights == "adaptive"]
    names = {name: f"weights:{name}" for name in run.weights}
    names |= {name: f"bias:{name}" for name in run.biases if name != "output"}
    return names | {b.name: f"channel:{b.name}" for b in adaptive}


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("channel", ["kernels", "maps"])
def test_a_step_is_the_mean_of_what_is_left_of_each_examples_sum_over_positions(channel, limit):
    update = {"scale": SCALE, **LIMITS[limit], "per": "example"}
    made = arbp if channel == "kernels" else asrbp
    run = run_of(made(update=update, **({"shared": "maps"} if made is asrbp else {})), update)
    x, t = batch()
    changes, twin, targets = run.updates(x, t), Twin(run), np.eye(3)[t]
    each = [twin.updates(x[b : b + 1], targets[b : b + 1], RATE) for b in range(len(x))]
    fields = {"scale": SCALE} | LIMITS[limit]
    for name, key in keys_of(run).items():
        alone = np.stack([one[name] for one in each])
        u = drawn(run, key, alone.shape[1:], len(x))
        wanted = reference.quantize(alone, reference.Limit(**fields), u).mean(axis=0)
        np.testing.assert_allclose(changes[name], wanted, 1e-12, 1e-14, err_msg=name)
        assert changes[name].any(), name


def test_it_is_neither_the_limit_of_the_mean_nor_that_of_each_wire():
    x, t = batch()
    update = {"bits": 3, "scale": SCALE}
    each, whole = (run_of(nc.bp(), {**update, "per": per}) for per in ("example", "batch"))
    assert not np.allclose(*(run.updates(x, t)["input -> conv1"] for run in (each, whole)))
    split = convnet((5, 4, 2), local(9, 3), pool(2, 1), local(3, 2, padding=1), 5, 3)
    wires = run_of(nc.bp(), {**update, "per": "example"}, split)
    wires.weights["input -> conv1"] = np.broadcast_to(
        each.weights["input -> conv1"], (5, 4, 3, 3, 2, 9)
    )
    for name in set(each.weights) - {"input -> conv1"}:
        wires.weights[name] = each.weights[name]
    summed = wires.updates(x, t)["input -> conv1"].sum(axis=(0, 1))
    assert not np.allclose(summed, each.updates(x, t)["input -> conv1"])


def chained(rule, update):
    """Four populations of images, one window after another, which share weights and biases."""
    bias = {"share": "b", "update": update}
    populations = {
        "input": {"shape": [4, 3, 1]},
        **{f"h{k}": {"activation": "tanh", "bias": bias} for k in range(4)},
        "output": {"size": 3, "activation": "softmax"},
    }
    steps = [
        {"path": f"h{k} -> h{k + 1}", "share": "w", "update": update, **rule} for k in range(3)
    ]
    network = nc.Network(
        populations=populations,
        forward=[{"path": "input -> h0"} | rule, *steps, {"path": "h3 -> output"}],
        channel=[{"path": "error -> h3 -> h2 -> h1 -> h0", "weights": "tied"}],
    )
    return nc.Simulation(network, rate=RATE, batch_size=6, seed=1, dtype="float64")


@pytest.mark.parametrize("rule", ["conv", "local"])
def test_bundles_of_windows_that_share_their_kernel_are_limited_after_their_sum_as_well(rule):
    made = {rule: {"maps": 2, "kernel": 3}}
    limited = chained(made, {"bits": 3, "scale": SCALE, "per": "example"})
    free = chained(made, {})
    x, t = batch(6, net=free.network)
    alone = [free.updates(x[b : b + 1], t[b : b + 1]) for b in range(6)]
    found, limit = limited.updates(x, t), reference.Limit(3, SCALE)
    for name in ("h1 -> h2", "h2"):
        wanted = np.mean([reference.quantize(one[name], limit) for one in alone], axis=0)
        reached = np.any([one[name] for one in alone], axis=0)
        wanted = np.where(reached, wanted, 0.0)
        np.testing.assert_allclose(found[name], wanted, 1e-12, 1e-14, err_msg=name)
        assert found[name].any()


@pytest.mark.parametrize("quantizer", ["powers", "stochastic"])
def test_threads_that_share_the_rows_draw_what_one_draws(quantizer, monkeypatch):
    from neurochannel.engine import together

    monkeypatch.setattr(together, "WORTH_A_THREAD", 1)
    update = {"bits": 3, "scale": SCALE, "quantizer": quantizer, "per": "example"}
    one, two = (run_of(arbp(update=update), update, batch_size=64, threads=n) for n in (1, 2))
    for run in (one, two):
        run.step(*batch(64))
    for name in one.weights:
        np.testing.assert_allclose(one.weights[name], two.weights[name], 1e-12, 1e-13)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path):
    update = {"bits": 3, "scale": SCALE, "quantizer": "stochastic", "per": "example"}
    network = NET.with_channel(asrbp(shared="maps", update=update)).with_defaults(
        forward={"update": update, "momentum": 0.9, "decay": 0.01}
    )
    x, t = batch(8)
    run = nc.Simulation(network, nc.Data(x, t), batch_size=4, seed=1)
    assert_continues_alike(run, (x, t), tmp_path)


def test_momentum_and_decay_come_after_the_limit():
    update = {"bits": 3, "scale": SCALE, "per": "example"}
    plain = run_of(nc.bp(), update)
    network = plain.network.with_defaults(
        forward={"update": update, "momentum": 0.5, "decay": 0.1, "rate_factor": 1.0},
        population={"bias": {"update": update}},
    )
    carried = nc.Simulation(network, rate=RATE, batch_size=8, seed=2, dtype="float64")
    x, t = batch()
    for name in ("input -> conv1", "pool1 -> conv2"):
        before = np.array(carried.weights[name])
        wanted = plain.updates(x, t)[name] - RATE * 0.1 * before
        np.testing.assert_allclose(carried.updates(x, t)[name], wanted, 1e-12, 1e-14)


def test_the_ledger_counts_a_change_on_every_wire():
    update = {"bits": 3, "scale": SCALE, "per": "example"}
    with_limits, without = (
        {row.bundle: row for row in nc.ledger(run_of(nc.bp(), given).network).bundles}
        for given in (update, {})
    )
    for name in ("input -> conv1", "pool1 -> conv2", "hidden1 -> output"):
        counted = with_limits[name].update_multiply_adds
        assert counted == without[name].update_multiply_adds > 0
