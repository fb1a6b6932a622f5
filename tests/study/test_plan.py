"""What points a study has, and what each of them is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.errors import NeurochannelError
from neurochannel.model.network import Network
from neurochannel.study.plan import points
from neurochannel.study.setting import with_settings
from neurochannel.study.spec import Study
from tests.study.studies import BITS, TOPOLOGY, small

STOCHASTIC = {"bits": 3, "quantizer": "stochastic"}


def networks(study: Study) -> list[Network]:
    return [Network.from_text(entry.point.network) for entry in points(study).entries]


def bits(network: Network) -> list[int | None]:
    return [edges.message.bits if edges.message else None for edges in network.channel]


def test_axes_are_crossed_and_the_seeds_come_last() -> None:
    study = small(axes={"train.rate": [0.1, 0.2], "populations.hidden1.size": [3, 4]})
    rows = [(*e.labels, e.point.seed) for e in points(study).entries]
    assert rows == [(r, n, s) for r in (0.1, 0.2) for n in (3, 4) for s in (0, 1)]


def test_zipped_axes_move_together() -> None:
    axes = {"train.rate": [0.1, 0.2], "train.epochs": [1, 2]}
    for extra, columns, labels in (
        ({}, ("train.rate", "train.epochs"), [(0.1, 1), (0.2, 2)]),
        ({"name": "how"}, ("how",), [("0.1 1",), ("0.2 2",)]),
        ({"name": "how", "labels": ["slow", "fast"]}, ("how",), [("slow",), ("fast",)]),
    ):
        plan = points(small(seeds=1, zip=[{"axes": axes, **extra}]))
        assert plan.columns == columns
        assert [entry.labels for entry in plan.entries] == labels
        assert [(e.point.rate, e.point.epochs) for e in plan.entries] == [(0.1, 1), (0.2, 2)]


def test_the_recipe_is_applied_before_fields() -> None:
    study = Study(
        topology=TOPOLOGY,
        axes={BITS: ["none", 2], "channel.recipe": ["srbp:bits=5", "rbp", "top_only"]},
    )
    assert [bits(network) for network in networks(study)] == [
        [None, None],
        [None],
        [],
        [2, 2],
        [2],
        [],
    ]


@pytest.mark.parametrize("path", [BITS, "populations.hidden*.receive.bits"])
def test_what_makes_no_difference_is_one_point(path: str) -> None:
    plan = Study(topology=TOPOLOGY, axes={path: [1, 2, 3], "channel.recipe": ["top_only", "bp"]})
    assert len(points(plan)) == 6
    assert len(points(plan).points()) == 4


def test_none_leaves_a_field_out() -> None:
    ours = Study(topology=TOPOLOGY, axes={BITS: ["none"]})
    keep = Study(topology=TOPOLOGY, axes={"channel.*.message": ["none"]})
    assert list(points(ours).points()) == list(points(keep).points())
    assert bits(networks(ours)[0]) == [None, None]


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("population.hidden1.size", 7, lambda n: n.populations["hidden1"].size),
        ("populations.hid*.activation", "relu", lambda n: n.populations["hidden1"].activation),
        ("populations.hidden1.bias.value", 0.5, lambda n: n.populations["hidden1"].bias.value),
        (
            "populations.hidden1.bias.value",
            [0.5, 0.25, 0.0, 1.0, -1.0, 2.0],
            lambda n: n.populations["hidden1"].bias.value.tolist(),
        ),
        ("forward.*.init", "zeros", lambda n: n.forward[0].init.distribution),
        ("forward.0.init.scale", 2.0, lambda n: n.forward[0].init.scale),
        ("channel.0.weights", "adaptive", lambda n: n.channel[0].weights),
        ("channel.*.fan_in", 3, lambda n: n.channel[0].fan_in),
        ("channel.*.message.quantizer", "uniform", lambda n: n.channel[0].message.quantizer),
        ("loss", "squared_error", lambda n: n.loss),
        ("chip_seed", 2**64 - 1, lambda n: n.chip_seed),
    ],
)
def test_any_field_can_be_an_axis(path: str, value: Any, read: Any) -> None:
    found = networks(small(seeds=1, axes={path: [value]}))[0]
    assert read(found) == value


def test_tables_are_values_with_labels() -> None:
    study = small(
        seeds=1,
        axes={
            "channel.*.message": [
                {"label": "coarse", "value": {"bits": 2}},
                {"bits": 3, "quantizer": "uniform"},
            ]
        },
    )
    assert [entry.labels for entry in points(study).entries] == [
        ("coarse",),
        ("bits=3, quantizer=uniform",),
    ]
    assert [bits(network) for network in networks(study)] == [[2], [3]]


def test_topologies_and_recipes_can_be_objects() -> None:
    nets = [nc.mlp(None, n, None, name=f"net{n}") for n in (3, 4)]
    recipes = [{"label": "tied", "value": nc.bp()}, {"label": "random", "value": nc.rbp()}]
    study = Study(axes={"topology": nets, "channel.recipe": recipes})
    assert [entry.labels for entry in points(study).entries] == [
        ("net3", "tied"),
        ("net3", "random"),
        ("net4", "tied"),
        ("net4", "random"),
    ]
    assert [n.populations["hidden1"].size for n in networks(study)] == [3, 3, 4, 4]
    assert [n.channel[0].weights for n in networks(study)] == ["tied", "random"] * 2


def test_the_name_of_a_point_depends_on_what_defines_it_alone() -> None:
    base = small(name="a", axes={BITS: [2]}, labels={BITS: "bits"})
    network = base.network
    assert network is not None
    same = small(
        name="b",
        network=network.model_copy(update={"name": "other"}).sized(64, 10),
        axes={BITS: [{"label": "two", "value": 2}]},
    )
    assert list(points(base).points()) == list(points(same).points())
    for change in (
        {"axes": {BITS: [3]}},
        {"seeds": [7, 8]},
        {"record": []},
        *(
            {"train": {"epochs": 2, "batch_size": 100, **more}}
            for more in (
                {"epochs": 3},
                {"batch_size": 99},
                {"rate": 0.2},
                {"decay": 0.1},
                {"dtype": "float64"},
                {"evaluate_every": 2},
            )
        ),
    ):
        other = small(**{"axes": {BITS: [2]}, **change})
        assert not set(points(other).points()) & set(points(base).points()), change


@given(st.lists(st.integers(1, 8), min_size=1, max_size=4, unique=True), st.integers(1, 3))
def test_more_values_keep_the_points_that_were_there(values: list[int], seeds: int) -> None:
    fewer = points(small(axes={BITS: values[:1]}, seeds=seeds))
    more = points(small(axes={BITS: values}, seeds=seeds + 1))
    assert set(fewer.points()) <= set(more.points())
    assert len(more.points()) == len(values) * (seeds + 1)


def test_a_rate_too_high_for_a_decay_is_found_before_anything_runs() -> None:
    axes = {"forward.0.decay": [0.0, 0.5], "train.rate": [0.1, 3.0]}
    sentence = (
        "at forward.0.decay = 0.5, train.rate = 3.0: rate * rate_factor * decay must be less than "
        "1, got 1.5 for "
    )
    with pytest.raises(NeurochannelError) as caught:
        points(Study(topology=TOPOLOGY, axes=axes))
    assert str(caught.value).startswith(sentence)
    assert len(points(Study(topology=TOPOLOGY, axes={**axes, "train.rate": [0.1, 1.5]}))) == 4


def test_recipes_that_change_forward_edges_are_an_axis_like_others() -> None:
    plan = points(Study(topology=TOPOLOGY, axes={"channel.recipe": ["arbp", "kp", "kp:decay=0.1"]}))
    networks = [Network.from_text(entry.point.network) for entry in plan]
    assert [network.forward[-1].decay for network in networks] == [0.0, 0.001, 0.1]


@pytest.mark.parametrize(
    ("default", "path", "value", "expected"),
    [
        ("message", "channel.*.message.bits", 2, {"bits": 2, "quantizer": "stochastic"}),
        ("message", "channel.0.message.noise", 0.1, {**STOCHASTIC, "noise": 0.1}),
        ("message", "channel.*.message.bits", "none", {"quantizer": "stochastic"}),
        ("receive", "populations.hidden*.receive.bits", 2, {"bits": 2, "quantizer": "stochastic"}),
    ],
)
def test_a_field_is_set_in_a_copy_of_a_table_that_is_a_default(default, path, value, expected):
    kind = "channel" if default == "message" else "population"
    network = nc.mlp(6, 5, 4, 3).with_channel(nc.srbp())
    network = network.with_defaults(**{kind: {default: STOCHASTIC}})
    changed = with_settings(network, {path: value})
    parts = {"channel": changed.channel, "population": [changed.populations["hidden1"]]}[kind]
    assert getattr(parts[0], default).changed() == expected
    off = (
        network.model_copy(
            update={"channel": [e.model_copy(update={"message": {}}) for e in network.channel]}
        )
        if kind == "channel"
        else network
    )
    if kind == "channel" and value == 2:
        alone = with_settings(off, {path: value}).channel[0].message
        assert alone.changed() == {"bits": 2}


def test_a_default_of_other_populations_is_not_copied_into_the_output():
    network = nc.mlp(6, 5, 3).with_channel(nc.srbp(), nc.ChannelEdges(path="target -> output"))
    network = network.with_defaults(population={"receive": STOCHASTIC})
    changed = with_settings(network, {"populations.output.receive.bits": 2})
    assert changed.populations["output"].receive == nc.Receive(bits=2)
    assert changed.populations["hidden1"].receive == nc.Receive(**STOCHASTIC)
