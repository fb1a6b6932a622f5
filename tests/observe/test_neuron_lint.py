"""What is said of neurons that are not ideal before they are trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import OptionError
from neurochannel.observe.lint import lint
from neurochannel.observe.locality import locality
from neurochannel.observe.selftest import self_test
from neurochannel.theory import flow

BASE = nc.mlp(6, 10, 3, activation="relu").with_channel(nc.rbp())


def with_neuron(name: str, **neuron: Any) -> nc.Network:
    part = BASE.populations[name].model_copy(update={"neuron": neuron})
    return BASE.model_copy(update={"populations": {**BASE.populations, name: part}})


@pytest.mark.parametrize(
    ("name", "neuron", "level", "sentence"),
    [
        ("hidden1", {"dead": 0.98}, "error", "neuron.dead leaves none of its 10 neurons alive"),
        ("hidden1", {"dead": 0.04}, "warning", "neuron.dead is less than one of 10 neurons"),
        ("hidden1", {"range": 1e-3}, "warning", "neuron.range is exceeded by"),
        (
            "hidden1",
            {"range": 8.0, "bits": 6, "noise": 0.7},
            "warning",
            "neuron.bits has steps of 0.13, far below the noise of 0.7",
        ),
        ("output", {"noise": 0.1}, "warning", "neuron changes the outputs of a softmax"),
    ],
)
def test_what_is_suspicious_is_found(name: str, neuron: Any, level: str, sentence: str) -> None:
    network = with_neuron(name, **neuron)
    found = [f for f in lint(network) if f.text.startswith(f"populations.{name}.{sentence}")]
    assert [f.level for f in found] == [level]


@pytest.mark.parametrize(
    "neuron",
    [{"dead": 0.2}, {"range": 8.0}, {"range": 8.0, "bits": 6, "noise": 0.4}, {"gain_spread": 0.1}],
)
def test_what_is_sound_is_left_alone(neuron: Any) -> None:
    said = [f.text for f in lint(with_neuron("hidden1", **neuron)) if ".neuron" in f.where]
    assert said == []


def test_locality_names_them_where_they_act() -> None:
    rows = locality(with_neuron("hidden1", gain_spread=0.1, clock=0.5, derivative="ideal"))
    notes = {(row.kind, row.bundle): row.note for row in rows}
    said = "neurons of hidden1: gain ±10 %, clock 0.5, f' of ideal neurons"
    for place in (("forward", "input -> hidden1"), ("forward", "hidden1 -> output")):
        assert said in notes[place]
    assert said in notes["bias", "hidden1"] and said not in notes["bias", "output"]


def test_the_self_test_is_that_of_ideal_neurons() -> None:
    network = nc.mlp(6, 10, 3).with_channel(nc.bp())
    noisy = network.with_defaults(population={"neuron": {"noise": 0.5, "dead": 0.3}})
    checks = self_test(noisy)
    assert checks == self_test(network) and all(check.passed for check in checks)


def test_a_flow_is_that_of_ideal_neurons() -> None:
    x, t = np.eye(6), np.array([0, 1, 2, 0, 1, 2])
    run = nc.Simulation(with_neuron("hidden1", gain_spread=0.1), (x, t))
    with pytest.raises(OptionError, match=r"neurons of 'hidden1' are not ideal \(gain ±10 %\)"):
        flow(run)


def test_maps_are_counted_where_their_population_is() -> None:
    plain, real = (
        nc.ledger(BASE),
        nc.ledger(with_neuron("hidden1", gain_spread=0.1, bits=4, range=1.0)),
    )
    more = real.memory.forward - plain.memory.forward
    assert 40 <= more < 40 + 64
    assert [row.activity_bits for row in real.populations] == [32, 4, 32]
    assert real.bundles == plain.bundles
