"""Every field of every limit comes through everywhere; a new one that is forgotten fails here.

Nothing is listed: the fields are found by walking the models, and their values by trying.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.engine import chip
from neurochannel.errors import NetworkError
from neurochannel.model.base import Description
from neurochannel.model.defaults import Defaults
from neurochannel.model.edges import ChannelEdges, ForwardEdges
from neurochannel.model.learning import LEARNING
from neurochannel.model.limits import Limits, Message, MessageOptions, Receive, Stage, Update
from neurochannel.model.limits.of_neurons import Neuron, NeuronOptions
from neurochannel.model.network import Network
from neurochannel.model.populations import Bias, Population
from neurochannel.model.problems import choices_of, models_in
from neurochannel.model.recipe_names import channel_from_text
from neurochannel.model.recipes import ChannelOptions, Recipe
from neurochannel.model.schema import editor_schema
from neurochannel.model.synapses import Synapse
from neurochannel.observe.lint import lint
from neurochannel.observe.locality import locality
from neurochannel.observe.messages import bins_of
from neurochannel.plot.layout.scene import scene_of
from neurochannel.study import field_paths
from neurochannel.study.parts import Training
from neurochannel.study.setting import with_settings

BASE: dict[str, Any] = {
    "populations": {
        "input": {"size": 3},
        "a": {"size": 4, "activation": "tanh"},
        "b": {"size": 4, "activation": "tanh"},
        "output": {"size": 2, "activation": "softmax"},
    },
    "forward": [{"path": "input -> a -> b -> output"}],
    "channel": [{"path": "error -> b -> a", "weights": "adaptive"}],
}
PLACES = {
    ForwardEdges: ("forward", 0),
    ChannelEdges: ("channel", 0),
    Population: ("populations", "a"),
    Bias: ("populations", "a", "bias"),
}
"""Where a description of each kind is in the network."""
OF_DEFAULTS = {
    ForwardEdges: ("forward",),
    ChannelEdges: ("channel",),
    Population: ("population",),
    Bias: ("population", "bias"),
}


@dataclass(frozen=True)
class Case:
    """A field of a limit, or one next to it, and a table in which it has an effect."""

    owner: type[Description]
    name: str
    key: str | None
    value: Any

    @property
    def field(self) -> str:
        return f"{self.name}.{self.key}" if self.key else self.name

    @property
    def network(self) -> Network:
        return Network(**with_part(BASE, PLACES[self.owner], self.name, self.value))

    def limits(self, network: Network) -> Any:
        """The limits, or the field next to them, in a network."""
        part: Any = network
        for step in (*PLACES[self.owner], self.name):
            part = getattr(part, step) if isinstance(part, Description) else part[step]
        return part

    def found(self, network: Network) -> Any:
        """What the field is in a network."""
        limits = self.limits(network)
        return getattr(limits, self.key) if self.key and limits is not None else limits

    @property
    def expected(self) -> Any:
        return self.value[self.key] if self.key else self.value


def with_part(tree: Any, steps: tuple[Any, ...], name: str, value: Any) -> Any:
    """The same tree with one entry more below these steps."""
    if not steps:
        return {**(tree or {}), name: value}
    first, *rest = steps
    inner = with_part(
        tree[first] if isinstance(tree, list) else tree.get(first), tuple(rest), name, value
    )
    if isinstance(tree, list):
        return [inner if number == first else part for number, part in enumerate(tree)]
    return {**tree, first: inner}


def candidates(kind: type[Description], key: str) -> list[Any]:
    """Values of a field other than its default."""
    field = kind.model_fields[key]
    tried = [*choices_of(field.annotation), True, False, 3, 0.25, 0.75, 2.0]
    fit = []
    for value in tried:
        *_, problems = kind._attempt({key: value})
        own = [problem for problem in problems if problem.path[:1] == (key,)]
        if any(problem.fields <= {key} for problem in own) or value is None:
            continue
        if field.is_required() or value != field.get_default():
            fit.append(value)
    assert fit, f"no value was found for {kind.__name__}.{key}; add one that is legal"
    return fit


def table_for(limits: type[Limits], key: str) -> list[dict[str, Any]]:
    """Tables in which a field has another value than its default, and some stage is at work."""
    required = {
        name: candidates(limits, name)[0]
        for name, field in limits.model_fields.items()
        if field.is_required()
    }
    # What belongs to no stage says where all of them act.
    (stage, *_) = [kind for kind in limits.kinds() if key in kind.model_fields] or limits.kinds()[
        -1:
    ]
    tables = []
    for value in candidates(limits, key):
        own = required | {key: value}
        others = [name for name in stage.model_fields if name not in own]
        extra = [{name: candidates(limits, name)[0]} for name in others]
        rest = [name for name in limits.model_fields if name not in own]
        single = [{name: candidates(limits, name)[0]} for name in rest]
        pairs = [one | other for one, other in combinations(single, 2)]
        together = {name: part for one in extra for name, part in one.items()}
        for more in ({}, *extra, together, *single, *pairs):
            made, problems = limits._attempt(own | more)
            if not problems and made is not None and made.active:
                tables.append(own | more)
                break
        else:
            raise AssertionError(f"{limits.__name__}.{key} = {value!r} has no effect; why?")
    return tables


def is_allowed(case: Case) -> bool:
    """Activity on forward edges cannot have all that messages can."""
    if case.owner is not ForwardEdges:
        return True
    return not ForwardEdges._attempt({"path": "a -> b", case.name: case.value})[1]


def cases() -> list[Case]:
    found = []
    for owner in PLACES:
        for name, field in owner.model_fields.items():
            for model in models_in(field.annotation):
                if issubclass(model, Limits):
                    tables = [(key, t) for key in model.model_fields for t in table_for(model, key)]
                    made = [Case(owner, name, key, table) for key, table in tables]
                    found += [case for case in made if is_allowed(case)]
                if model is Synapse:
                    keys = SYNAPSES if owner is ForwardEdges else ("preset", "soft", "cycle")
                    found += [Case(owner, name, key, SYNAPSES[key]) for key in keys]
            if name in LEARNING and not models_in(field.annotation):
                found.append(Case(owner, name, None, candidates(owner, name)[0]))
    return found


WIDE: dict[str, Any] = {"bounds": (-1.0, 1.0)}
STEPS = {**WIDE, "step": 0.25}
CURVED = {**WIDE, "model": "exponential"}
SYNAPSES: dict[str, dict[str, Any]] = {
    "preset": {"preset": "ecram"},
    "model": {**WIDE, "model": "power"},
    "step": {"step": 0.25},
    "step_spread": {"step_spread": 0.25},
    "lognormal": {**STEPS, "step_spread": 0.25, "lognormal": True},
    "asymmetry": {"asymmetry": 0.25},
    "asymmetry_spread": {"asymmetry_spread": 0.25},
    "bounds": WIDE,
    "bounds_spread": {**WIDE, "bounds_spread": (0.25, 0.5)},
    "soft": {**WIDE, "soft": (0.25, 0.5)},
    "soft_spread": {**WIDE, "soft": 0.5, "soft_spread": 0.25},
    "soft_bound": {**WIDE, "soft": 0.5, "soft_bound": "mean"},
    "exponent": {**WIDE, "model": "power", "exponent": 2.0},
    "slope": {**CURVED, "slope": 0.5},
    "offset": {**CURVED, "offset": 0.5},
    "amplitude": {**CURVED, "amplitude": (0.25, 0.5)},
    "growth": {**CURVED, "growth": 0.5},
    "curvature": {**STEPS, "model": "saturating", "curvature": 2.0},
    "pulses": {**STEPS, "pulses": "batch"},
    "pulses_at_most": {**STEPS, "pulses_at_most": 8},
    "update_management": {**STEPS, "update_management": False},
    "cycle_noise": {**STEPS, "cycle_noise": 0.5},
    "cycle": {**STEPS, "cycle_noise": 0.5, "cycle": "weight"},
    "write_noise": {"write_noise": 0.25},
    "read_noise": {"read_noise": 0.25},
    "read": {"read_noise": 0.25, "read": "relative"},
    "bits": {**WIDE, "bits": 4},
    "range": {"bits": 4, "range": 0.5},
    "stuck": {**WIDE, "stuck": 0.25},
    "stuck_range": {**WIDE, "stuck": 0.25, "stuck_range": (0.0, 0.5)},
    "leak": {"leak": 8.0},
    "rest": {"leak": 8.0, "rest": 0.5},
    "leak_spread": {"leak": 8.0, "leak_spread": 0.25},
    "drift": {"drift": 0.25},
    "t0": {"drift": 0.25, "t0": 2.0},
    "drift_spread": {"drift": 0.25, "drift_spread": 0.5},
    "reference": {"reference": 0.25},
    "reference_spread": {"reference_spread": 0.25},
    "pair": {"bounds": (0.0, 1.0), "pair": True},
    "refresh": {"bounds": (0.0, 1.0), "pair": True, "refresh": 8},
}
"""A table for each field of a synapse in which it has an effect."""

CASES = cases()
each = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c.owner.__name__}.{c.name}={c.value}".replace(" ", "")
)


def test_the_walk_finds_what_it_should():
    found = {(case.owner, case.name, case.key) for case in CASES}
    assert {(ChannelEdges, "message", key) for key in Message.model_fields} <= found
    late = {"delay", "unit", "every", "power"}
    allowed = Message.model_fields.keys() - late
    assert {(ForwardEdges, "message", key) for key in allowed} <= found
    assert not {(ForwardEdges, "message", key) for key in late} & found
    for owner in (ForwardEdges, ChannelEdges, Bias):
        assert {(owner, "update", key) for key in Update.model_fields} <= found
        assert (owner, "synapse", "preset") in found
        alone = [name for name in LEARNING if name not in ("update", "synapse")]
        assert {(owner, name, None) for name in alone} <= found
    of_synapses = {(ForwardEdges, "synapse", key) for key in Synapse.model_fields}
    assert of_synapses <= found
    assert {(Population, "receive", key) for key in Receive.model_fields} <= found
    assert {(Population, "neuron", key) for key in Neuron.model_fields} <= found


@pytest.mark.parametrize("limits", [Message, Receive, Update, Neuron])
def test_each_field_belongs_to_a_stage(limits):
    of_stages = {key for kind in limits.kinds() for key in kind.model_fields}
    where = {Message: set(), Receive: set(), Update: {"per"}, Neuron: {"derivative"}}
    assert set(limits.model_fields) - of_stages == where[limits]


def test_typed_options_are_the_fields_of_the_models():
    assert set(MessageOptions.__annotations__) == set(Message.model_fields)
    assert set(NeuronOptions.__annotations__) == set(Neuron.model_fields)
    own = "route", "weights", "symmetric"
    others = [name for name in Recipe.model_fields if name not in own]
    assert set(ChannelOptions.__annotations__) == set(others)


def test_limits_do_not_share_attributes_with_other_fields_of_graphs():
    edges = set(ChannelEdges.model_fields) | {f"update_{key}" for key in Update.model_fields}
    assert edges.isdisjoint(Message.model_fields)


@lru_cache
def base() -> Network:
    return Network(**BASE)


@each
def test_it_is_in_the_network(case):
    assert case.found(case.network) == case.expected
    assert case.network != base()


@each
def test_its_stages_answer_all_questions(case):
    limits = case.limits(case.network)
    for stage in limits.stages if isinstance(limits, Limits) else ():
        assert isinstance(stage, Stage) and isinstance(stage, limits.kinds())
        assert stage.active and isinstance(stage.kernel, str) and stage.kernel.isidentifier()
        assert all(isinstance(number, int | float) for number in stage.numbers.values())
        assert stage.label and stage.text and stage.label in limits.label
        assert stage.remedy(0.5) and stage.text in limits.text
        bits, signed = stage.charged(32, True)
        assert 0 < bits <= 32 and isinstance(signed, bool)
    if isinstance(limits, Message | Receive):
        assert len(bins_of(limits).labels) > 1


@each
def test_toml(case):
    text = case.network.to_toml()
    assert (case.name if case.key == "preset" else case.key or case.name) in text
    again = Network.from_text(text)
    assert again == case.network and case.found(again) == case.expected


@each
def test_schema(case):
    definitions = editor_schema()["definitions"]
    field = definitions[case.owner.__name__]["properties"][case.name]
    if case.key:
        name = field["$ref"].removeprefix("#/definitions/")
        # A synapse may be a name as well.
        table = definitions[name].get("anyOf", [definitions[name]])[-1]
        assert "description" in table["properties"][case.key]
    else:
        assert "description" in field


@each
@pytest.mark.parametrize("level", ["population", "neuron"])
def test_graphs(case, level):
    graph = nc.to_networkx(case.network, level)
    again = nc.from_networkx(graph)
    assert case.found(again) == case.expected
    assert again.explicit.forward == case.network.forward or level == "neuron"
    prefix = "bias_" if case.owner is Bias else ""
    flat = case.field.removeprefix("message.").replace(".", "_")
    entries = (*graph.nodes.values(), *graph.edges.values())
    # Two numbers are a text, which all formats can hold.
    pair = isinstance(case.expected, tuple)
    expected = json.dumps(case.expected) if pair else case.expected
    assert any(own.get(f"{prefix}{flat}") == expected for own in entries)


@each
@pytest.mark.parametrize("suffix", [".toml", ".json", ".graphml", ".npz"])
def test_files(case, suffix, tmp_path):
    nc.write(case.network, tmp_path / f"net{suffix}")
    assert case.found(nc.read(tmp_path / f"net{suffix}")) == case.expected


ONE_LINE = [c for c in CASES if c.owner is ChannelEdges and not isinstance(c.value, dict)]
ONE_LINE += [
    c
    for c in CASES
    if c.owner is ChannelEdges
    and isinstance(c.value, dict)
    and not any(isinstance(part, tuple) for part in c.value.values())
]
"""Options of recipes are separated by commas, so that none of them is two numbers."""


@pytest.mark.parametrize("case", ONE_LINE, ids=str)
def test_recipe_text(case):
    table = case.value if case.key else {case.name: case.value}
    prefix = f"{case.name}." if case.key and case.name != "message" else ""
    options = ",".join(f"{prefix}{key}={value}" for key, value in table.items())
    recipe = channel_from_text(f"arbp:{options}")
    assert case.found(base().with_channel(recipe)) == case.expected
    if case.name == "message" or case.key is None:
        assert nc.arbp(**table) == recipe


@each
@pytest.mark.parametrize("entry", ["*", "own"])
def test_study_axis(case, entry):
    places = list(PLACES[case.owner])
    if entry == "*" and places[0] != "populations":
        places[1] = "*"
    tree, own = field_paths.plain(base()), field_paths.plain(base())
    table = case.value if case.key else {None: case.value}
    for key, value in table.items():
        path = ".".join(map(str, [*places, case.name, *([key] if key else [])]))
        parts = field_paths.parse(path, Training)
        assert field_paths.put(tree, parts, value, tree["populations"], own) == 1
    assert Network(**tree) == case.network


@each
def test_setting_of_the_command_line(case):
    places = [*PLACES[case.owner], case.name]
    table = case.value if case.key else {None: case.value}
    settings = {
        ".".join(map(str, [*places, *([key] if key else [])])): value
        for key, value in table.items()
    }
    assert with_settings(base(), settings) == case.network


@each
def test_listing(case):
    def calls(network: Network) -> list[Any]:
        return nc.Simulation(network, batch_size=2).listing()

    assert calls(case.network) != calls(base())
    limits = case.limits(case.network)
    kernels = " ".join(line.kernel for line in calls(case.network))
    for stage in limits.stages if isinstance(limits, Limits) else ():
        # What wires do on their own is a part of delivery.
        name = "lossy" if getattr(stage, "at_wires", False) else stage.kernel
        assert name.replace("_", " ") in kernels


@each
def test_ledger(case):
    costs = nc.ledger(case.network)
    if isinstance(limits := case.limits(case.network), Message | Receive):
        kind = "forward" if case.owner is ForwardEdges else "channel"
        (row, *_) = [row for row in costs.bundles if row.kind == kind]
        (population, *_) = [row for row in costs.populations if row.population == "a"]
        charged = row.message_bits if case.name == "message" else population.signal_bits
        n = 3 if case.owner is ForwardEdges else 2
        address = limits.address_bits(n) if case.name == "message" else 0
        assert charged == limits.charged(32, True)[0] + address
    elif isinstance(limits, Neuron):
        (population, *_) = [row for row in costs.populations if row.population == "a"]
        assert population.activity_bits == limits.charged(32, True)[0]
        assert population.dead == chip.n_chosen(limits.dead, 4)
    elif case.name == "momentum":
        assert costs.memory.total > nc.ledger(base()).memory.total


@each
def test_checkpoint(case, tmp_path):
    run = nc.Simulation(case.network, batch_size=2)
    nc.save(run, tmp_path / "run.h5")
    again = nc.load(tmp_path / "run.h5").network
    assert again == case.network and case.found(again) == case.expected


@each
def test_locality_and_lint(case):
    assert locality(case.network) != locality(base())
    # Trains of pulses suit the largest activity and signal of an example.
    limits = case.limits(case.network)
    is_local = limits.local if isinstance(limits, Limits) else True
    if isinstance(limits, Synapse) and limits.step and limits.pulses == "example":
        is_local = not limits.update_management
    assert all(row.local for row in locality(case.network)) == is_local
    assert isinstance(lint(case.network), list)


@each
def test_drawing(case):
    def words(network: Network) -> set[Any]:
        scene = scene_of(network)
        labels = {(arrow.name, arrow.label) for arrow in scene.arrows}
        return labels | {(name, block.lines) for name, block in scene.blocks.items()}

    assert words(case.network) != words(base())


@each
def test_defaults(case):
    kind, *inner = OF_DEFAULTS[case.owner]
    own = {case.name: case.value}
    given = {inner[0]: own} if inner else own
    network = base().with_defaults(**{kind: given})
    if case.owner in (ForwardEdges, ChannelEdges):
        assert network.explicit.populations == case.network.populations
    assert case.found(network) == case.expected
    assert Network.from_text(network.to_toml()) == network
    assert Network(**network.model_dump()) == network
    assert case.found(nc.from_networkx(nc.to_networkx(network))) == case.expected
    tree, own = field_paths.plain(base()), field_paths.plain(base())
    path = ".".join(["defaults", kind, *inner, case.name])
    parts = field_paths.parse(path, Training)
    field_paths.put(tree, parts, case.value, tree["populations"], own)
    assert Network(**tree) == network
    neutral = case.owner.model_fields[case.name].get_default()
    off = with_part(BASE, PLACES[case.owner], case.name, {} if case.key else neutral)
    if not inner:
        switched = Network(**off, defaults=network.defaults)
        assert case.found(switched) == (None if case.key else neutral)
        assert Network.from_text(switched.to_toml()) == switched != network


@each
def test_a_mistake_in_a_default_names_its_place(case):
    kind, *inner = OF_DEFAULTS[case.owner]
    wrong = {**case.value, case.key: "?"} if case.key else "?"
    given = {case.name: wrong}
    with pytest.raises(NetworkError) as caught:
        base().with_defaults(**{kind: {inner[0]: given} if inner else given})
    place = ".".join(["defaults", kind, *inner, case.field])
    assert any(sentence.startswith(f"{place} must") for sentence in caught.value.problems)


def test_every_default_is_a_field_of_what_it_is_for():
    owners = {"forward": ForwardEdges, "channel": ChannelEdges, "population": Population}
    assert Defaults.model_fields.keys() == owners.keys()
    for kind, owner in owners.items():
        (model,) = models_in(Defaults.model_fields[kind].annotation)
        assert set(model.model_fields) <= set(owner.model_fields)
        limits = {case.name for case in CASES if case.owner is owner}
        assert limits <= set(model.model_fields)


def test_stages_are_applied_in_the_order_of_their_holder():
    both = nc.Message(bits=3, keep="sign", scale=0.5)
    assert [(stage.kernel, stage.numbers) for stage in both.stages] == [
        ("keep_sign", {"scale": 0.5}),
        ("round_powers", {"least": 0.125, "scale": 0.5}),
    ]
    assert both.charged(32, True) == (1, True)
    assert nc.Message(bits=3, keep="magnitude").charged(32, True) == (2, False)
    assert nc.Message(scale=2.0).stages == () and not nc.Message(scale=2.0).active
    assert np.array_equal(nc.Message(keep="sign", scale=2.0).levels(None), [-2.0, 0.0, 2.0])


def test_a_stage_that_looks_at_other_neurons_is_not_local(monkeypatch):
    monkeypatch.setattr("neurochannel.model.limits.rounding.Rounding.local", False)
    network = base().with_channel(nc.srbp(bits=2))
    first, *_ = [row for row in locality(network) if row.kind == "channel"]
    assert not first.local and "compare all neurons" in first.note
    assert ("E(output)", "all neurons of output") in [tuple(v) for v in first.reads]
