"""The self-test passes whatever is sound, and catches what is secretly broken."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neurochannel.engine.compiler import channel
from neurochannel.engine.compiler.limits import message_place
from neurochannel.engine.edgelists import mirror
from neurochannel.engine.program import call
from neurochannel.engine.streams import weights_key
from neurochannel.kernels import dense
from neurochannel.model.network import ChannelEdges, Network
from neurochannel.model.recipes import arbp, asrbp, bp, cascade, mlp, rbp, sbp, srbp, top_only
from neurochannel.observe.differences import slope_check
from neurochannel.observe.selftest import _difference, exact_populations, self_test
from tests.engine.twins import simulation
from tests.networks import forward_dags, networks

NET = mlp(6, 8, 5, 3)
RECIPES = {
    "bp": bp(),
    "sbp": sbp(),
    "rbp": rbp(),
    "srbp": srbp(),
    "arbp": arbp(),
    "asrbp": asrbp(),
    "cascade": cascade(),
    "top_only": top_only(),
    "sparse and stochastic": srbp(bits=3, quantizer="stochastic", fan_in=2),
    "bp on 4 bits": bp(bits=4),
    "rbp without derivative": rbp(derivative=False),
}

FEW = settings.default.max_examples // 3


def failures(network, seed=0):
    return [check for check in self_test(network, seed=seed) if not check.passed]


def named(network, name):
    (found,) = [check for check in self_test(network) if check.name.startswith(name)]
    return found


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_pass(name):
    assert not failures(NET.with_channel(RECIPES[name]))


@settings(max_examples=FEW)
@given(networks(), st.integers(0, 100))
def test_random_networks_pass(network, seed):
    checks = self_test(network, seed=seed)
    assume(checks[0].name != "a batch can be run")
    assert not [check for check in checks if not check.passed]


@settings(max_examples=FEW)
@given(forward_dags(), st.integers(0, 100))
def test_backprop_on_any_forward_graph_passes_as_such(network, seed):
    network = network.with_channel(bp())
    checks = self_test(network, seed=seed)
    assume(checks[0].name != "a batch can be run")
    assert not [check for check in checks if not check.passed]
    assert exact_populations(network) == network.teachable | {network.output}


def test_each_population_is_told_apart():
    mixed = NET.with_channel(srbp(to="hidden1"), bp(to="hidden2"))
    names = [check.name for check in self_test(mixed)]
    assert names[-3:] == [
        "hidden1: is not backpropagation",
        "hidden2: is backpropagation",
        "output: is backpropagation",
    ]
    assert named(NET.with_channel(top_only()), "hidden1").name == "hidden1: does not learn"
    assert named(NET.with_channel(bp(bits=3)), "hidden1").name == "hidden1: no claim"


def test_an_output_with_another_signal_than_its_error_is_told_apart():
    for start, extra in (("target", {}), ("error", {"message": {"bits": 2}})):
        into = {"path": f"{start} -> output", "weights": "tied", "one_to_one": True, **extra}
        check = named(NET.with_channel(ChannelEdges(**into), srbp()), "output")
        assert check.name == "output: no claim"
        assert check.detail.startswith(
            f"it learns from what arrives over {start} -> output instead of from its exact error,"
        )


def test_the_angle_to_the_gradient_is_reported():
    random, product = (named(NET.with_channel(r), "hidden1").detail for r in (srbp(), sbp()))
    assert "degrees from the gradient" in random and "degrees from the gradient" in product


def test_silence_downstream_is_explained():
    dead = Network(
        populations={
            "input": {"size": 4},
            "hidden": {"size": 3, "activation": "relu", "bias": {"value": -100.0}},
            "output": {"size": 2, "activation": "softmax"},
        },
        forward=[{"path": "input -> hidden -> output"}],
        channel=[{"path": "error -> hidden"}],
    )
    check = self_test(dead)[0]
    assert check.passed and "explained" in check.detail and "changes nothing" in check.detail


def test_numbers_that_are_not_finite_are_a_failed_check():
    wild = mlp(3, 4, 2, activation="power(300)", init={"distribution": "normal", "scale": 1e6})
    (check,) = self_test(wild.with_channel(bp()))
    assert not check.passed and "not finite" in check.detail


# --- what is broken is caught -------------------------------------------------------------------


def secretly_tied(coder, bundle, total):
    """Deliver a random mirror image through the forward weights, as broken code has done."""
    forward = weights_key(mirror(coder.network, bundle))
    message, signal = message_place(coder, bundle), coder.signal(bundle.target)
    return coder.deliver_back(forward, message, coder.memory.values[forward], signal)


def test_a_random_channel_that_is_secretly_tied_is_caught(monkeypatch):
    assert not failures(NET.with_channel(rbp()))
    monkeypatch.setattr(channel, "_deliver_to", secretly_tied)
    caught = {check.name.split(":")[0] for check in failures(NET.with_channel(rbp()))}
    assert caught == {"error -> hidden2", "hidden2 -> hidden1", "hidden1", "hidden2"}


def test_a_tied_channel_that_is_not_the_transpose_is_caught(monkeypatch):
    square = mlp(4, 4, 4, 4).with_channel(bp())
    assert not failures(square)
    right = channel._deliver_to

    def not_transposed(coder, bundle, total):
        if bundle.source == "error" or bundle.edges.weights != "tied":
            return right(coder, bundle, total)
        forward = weights_key(mirror(coder.network, bundle))
        message, signal = message_place(coder, bundle), coder.signal(bundle.target)
        return coder.deliver(forward, message, coder.memory.values[forward], signal, False)

    monkeypatch.setattr(channel, "_deliver_to", not_transposed)
    assert [check.name for check in failures(square)] == ["hidden1: is backpropagation"]


def test_a_channel_that_leaks_is_caught(monkeypatch):
    right = channel.channel_code

    def leaking(coder):
        code = right(coder)
        low, high = coder.signal("hidden1"), coder.signal("hidden2")
        return [*code, call(dense.copy, source=low, out=high)]

    import neurochannel.engine.compiler as compiler

    monkeypatch.setattr(compiler, "channel_code", leaking)
    caught = failures(mlp(4, 5, 5, 3).with_channel(srbp()))
    assert any("where it does not lead" in check.detail for check in caught)


def test_a_gradient_without_derivatives_is_caught(monkeypatch):
    from neurochannel.engine.compiler.coder import Coder

    monkeypatch.setattr(Coder, "gate", lambda self, population, signal: [])
    assert {c.name for c in failures(NET.with_channel(bp()))} == {
        "hidden1: is backpropagation",
        "hidden2: is backpropagation",
    }


@pytest.mark.parametrize(("output", "bias"), [("softmax", 738.0), ("logistic", 29.0)])
@pytest.mark.parametrize("seed", range(5))
def test_outputs_between_which_floats_are_far_apart_prove_nothing(output, bias, seed):
    """A softmax output of 1e-320 has few bits, and 1 less a logistic one of 1 - 1e-13 as well."""
    compared = {}
    for name, first in {"sound": 1.0, "saturated": bias}.items():
        network = Network(
            populations={
                "input": {"size": 4},
                "hidden": {"size": 5, "activation": "tanh"},
                "output": {"size": 3, "activation": output, "bias": {"value": [first, 0.0, 0.0]}},
            },
            forward=[{"path": "input -> hidden -> output"}],
        )
        run = simulation(network.with_channel(bp()), seed, rate=1.0, batch_size=8)
        rng = np.random.default_rng(seed)
        batch = rng.uniform(0.1, 1.0, (8, 4)), rng.dirichlet(np.ones(3), 8)
        checks = [slope_check(run, part, batch, rng) for part in ("hidden", "output")]
        assert all(check.fits for check in checks)
        compared[name] = sum(check.compared for check in checks)
    assert compared == {"sound": 32, "saturated": 0}


@pytest.mark.parametrize(("start", "compared"), [(0.0, 0), (1e-7, 0), (0.1, 17)])
def test_roots_are_compared_where_the_channel_has_their_slope(start, compared):
    network = Network(
        populations={
            "input": {"size": 4},
            "hidden": {"size": 5, "activation": "power(1/3)", "bias": {"value": start}},
            "output": {"size": 3, "activation": "softmax"},
        },
        forward=[{"path": "input -> hidden", "init": "zeros"}, {"path": "hidden -> output"}],
    )
    run = simulation(network.with_channel(bp()), rate=1.0, batch_size=8)
    rng = np.random.default_rng(1)
    batch = rng.uniform(0.1, 1.0, (8, 4)), rng.dirichlet(np.ones(3), 8)
    check = slope_check(run, "hidden", batch, rng)
    assert check.fits and check.compared == compared


def test_the_run_itself_is_left_alone():
    run = simulation(NET.with_channel(arbp()))
    before = run.machine.values.copy()
    from neurochannel.observe.differences import parameter_changes

    x, t = np.ones((2, 6)), np.array([0, 1])
    assert np.any(parameter_changes(run, x, t)["weights:input -> hidden1"])
    assert np.array_equal(run.machine.values, before) and run.updates_done == 0


def test_of_a_large_network_a_part_is_tried_and_that_is_said():
    network = mlp(4, 3, 3, 3, 2).with_channel(rbp())
    checks = self_test(network, most=2)
    assert [check.name.split(":")[0] for check in checks] == [
        "error -> hidden3",
        "hidden2 -> hidden1",
        "hidden1",
        "output",
        "a part of the network was tried",
    ]
    assert "2 of 3 channel bundles and 2 of 4 populations" in checks[-1].detail
    assert len(self_test(network)) == 7


@pytest.mark.parametrize("size", [1.0, 1e-200, 1e200])
def test_signals_of_any_size_are_told_apart(size: float) -> None:
    should, got = np.array([[3.0, 0.0]]) * size, np.array([[3.0, 4.0]]) * size
    assert _difference(should, got) == pytest.approx(0.8)
    assert _difference(got, got) == 0


def test_signals_that_are_not_finite_are_not_the_gradient() -> None:
    zero, nothing = np.zeros((1, 2)), np.array([[1.0, np.inf]])
    assert _difference(zero, zero) == 0
    assert not _difference(zero, nothing) < 1
    assert not _difference(zero, nothing * np.nan) < 1
