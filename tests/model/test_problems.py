"""Mistakes in single fields: each sentence names the place, the rule, the value and the remedy."""

import datetime
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from neurochannel.errors import NetworkError
from neurochannel.model.limits import Message, Rounding, Update
from neurochannel.model.maps import Conv, Pool
from neurochannel.model.network import ChannelEdges, ForwardEdges, Network, Population
from neurochannel.model.populations import Bias
from neurochannel.model.problems import _remedy as remedy
from neurochannel.model.weights import Init
from neurochannel.study.spec import Study


def sentence(kind, **fields):
    with pytest.raises(NetworkError) as caught:
        kind(**fields)
    (only,) = caught.value.problems
    return only


CASES = [
    (Population, {"size": 0}, "size must be at least 1, got 0; leave it out in the input"),
    (Population, {"size": -7}, "size must be at least 1, got -7; leave it out"),
    (Population, {"size": 2.5}, "size must be a whole number, got 2.5; "),
    (Population, {"size": "3"}, "size must be a whole number, got '3'; "),
    (Population, {"size": True}, "size must be a whole number, got True; "),
    (Population, {"size": 10**400}, "size must be at most 2147483647, got 1000"),
    (Population, {"activation": "tahn"}, "got 'tahn'; did you mean 'tanh'?"),
    (Population, {"activation": "qqq"}, "activation must be one of linear, logistic, tanh, relu, "),
    (Population, {"activation": 3}, "activation must be text in quotes, got 3; write for example"),
    (Population, {"activation": "power(0)"}, "must have a finite exponent above 0, got 'power(0)'"),
    (Population, {"activation": "power(-2)"}, "must have a finite exponent above 0, got 'power(-2"),
    (Population, {"activation": "power(-1/3)"}, "must have a finite exponent above 0, got 'power("),
    (Population, {"activation": "power(nan)"}, "must have a finite exponent above 0, got 'power("),
    (Population, {"activation": "power(inf)"}, "must have a finite exponent above 0, got 'power("),
    (Population, {"activation": "power(1/0)"}, "activation must be one of"),
    (Population, {"activation": "power(1/x)"}, "activation must be one of"),
    (Population, {"activation": f"power(1{400 * '0'}/3)"}, "activation must be one of"),
    (Population, {"activation": "power(x)"}, "activation must be one of"),
    (Population, {"activation": "power()"}, "activation must be one of"),
    (Population, {"bias": "yes"}, "bias must be true or false, got 'yes'; write true, false or a"),
    (Population, {"bias": 1}, "bias must be true or false, got 1; write true, false or a table"),
    (Population, {"bias": {"valeu": 1}}, "bias.valeu is not a known key; did you mean 'value'?"),
    (Bias, {"value": math.inf}, "value must be a finite number, got inf; leave it out for 0"),
    (Bias, {"update": {"bits": 3}}, "update.scale is missing; give the largest change of a step"),
    (Bias, {"update": 3}, "update must be a table, got 3; the keys here are bits"),
    (Message, {"bits": 0}, "bits must be at least 1, got 0; leave it out for unlimited precision"),
    (Message, {"bits": 33}, "bits must be at most 32, got 33; leave it out for unlimited"),
    (Message, {"bits": 1.0}, "bits must be a whole number, got 1.0; leave it out"),
    (Message, {"scale": 0.0}, "scale must be greater than 0, got 0.0; 1.0 is the range"),
    (Message, {"scale": -1}, "scale must be greater than 0, got -1; 1.0 is the range"),
    (Message, {"scale": math.nan}, "scale must be a finite number, got nan; 1.0 is the range"),
    (Message, {"scale": math.inf}, "scale must be a finite number, got inf; 1.0 is the range"),
    (
        Message,
        {"keep": "signs"},
        "must be one of all, sign or magnitude, got 'signs'; did you mean",
    ),
    (
        Message,
        {"quantizer": "lin"},
        "quantizer must be one of powers, octaves, log_zero, uniform or stochastic",
    ),
    (Rounding, {"bits": 1, "quantizer": "uniform"}, "bits must be at least 2 for the quantizer '"),
    (Rounding, {"bits": 1, "quantizer": "log_zero"}, 'take more bits, or quantizer = "powers"'),
    (Rounding, {"bits": 1, "quantizer": "stochastic"}, "got 1; take more bits"),
    (Update, {"scale": 1.0}, "bits is missing; give the bits of a change, for example bits = 3"),
    (Update, {"keep": "sign"}, "scale is missing; give the largest change of a step"),
    (
        Update,
        {"per": "example"},
        "bits is missing; give the bits of a change, for example bits = 3",
    ),
    (Update, {"bits": 3, "scale": 1.0, "per": "each"}, "per must be one of batch or example, got"),
    (
        ForwardEdges,
        {"path": "a -> b", "learn": False, "update": {"bits": 3, "scale": 1.0, "per": "example"}},
        "update.per must be left out if learn = false, because these weights do not change",
    ),
    (
        Bias,
        {"learn": False, "update": {"keep": "sign", "scale": 1.0, "per": "example"}},
        "update.per must be left out if learn = false, because these biases do not change",
    ),
    (
        ChannelEdges,
        {"path": "error -> a", "update": {"bits": 3, "scale": 1.0, "per": "example"}},
        "update must be left out for random weights, which do not learn",
    ),
    (
        ChannelEdges,
        {"path": "error -> a", "weights": "concordant", "synapse": {"read_noise": 0.1}},
        "synapse must be left out for concordant weights, which have no devices of their own",
    ),
    (Update, {"bits": 0, "scale": 1.0}, "bits must be at least 1, got 0; give the bits of a"),
    (Update, {"bits": 3, "scale": None}, "scale is missing; give the largest change of a step"),
    (Init, {"distribution": "gloro"}, "got 'gloro'; did you mean 'glorot'?"),
    (Init, {"scale": 0}, "scale must be greater than 0, got 0; leave it out for 1.0"),
    (Init, {"mean": "0"}, "mean must be a number, got '0'; leave it out for 0"),
    (Init, {"distribution": "explicit"}, "values must be given for explicit weights; write a row"),
    (
        Init,
        {"values": [[1.0]]},
        "values must be left out for the distribution 'glorot', got weights",
    ),
    (ForwardEdges, {}, "path is missing; write for example path = 'a -> b'"),
    (ForwardEdges, {"path": 3}, "path must be text in quotes, got 3; write for example"),
    (ForwardEdges, {"path": "a -> b", "learn": 1}, "learn must be true or false, got 1; leave it"),
    (ForwardEdges, {"path": "a -> b", "init": "gloro"}, "init.distribution must be one of glorot,"),
    (
        ForwardEdges,
        {"path": "a -> b", "init": 3},
        "init must be a name, an array or a table, got 3",
    ),
    (ForwardEdges, {"path": "a -> b", "fan_in": 0}, "fan_in must be at least 1, got 0; leave it"),
    (ForwardEdges, {"path": "a -> b", "density": 0}, "density must be greater than 0, got 0; "),
    (ForwardEdges, {"path": "a -> b", "density": 1.5}, "density must be at most 1, got 1.5; leave"),
    (
        ForwardEdges,
        {"path": "a -> b", "density": math.nan},
        "density must be a finite number, got ",
    ),
    (ForwardEdges, {"path": "a -> b", "weights": "tied"}, "weights is not a known key; the keys"),
    (ChannelEdges, {"path": "error -> b", "weights": "tide"}, "got 'tide'; did you mean 'tied'?"),
    (
        ChannelEdges,
        {"path": "error -> b", "weights": 3},
        "weights must be one of tied, tied_product,",
    ),
    (
        ChannelEdges,
        {"path": "error -> b", "message": 3},
        "message must be a table, got 3; the keys here are delay, unit, dead",
    ),
    (ChannelEdges, {"path": "error -> b", "derivative": "no"}, "derivative must be true or false"),
    (
        ChannelEdges,
        {"path": "error -> b", "weights": "redrawn", "sets": 1},
        'leave it out for new weights at each step, or write weights = "random" for one set',
    ),
    (
        ChannelEdges,
        {"path": "error -> b", "message": {"bits": 3, "per": "example"}},
        "message.per must be one of message or wire, got 'example'",
    ),
    (
        ChannelEdges,
        {"path": "error -> b", "receive": {"bits": 3}},
        "receive is not a known key; the keys here are",
    ),
    (
        ForwardEdges,
        {"path": "a -> b", "update": {"per": "example"}},
        "update.bits is missing; give",
    ),
    (ForwardEdges, {"path": "a -> b", "update": {"loss": 0.5}}, "update.loss is not a known key; "),
    (Population, {"message": {"bits": 3}}, "message is not a known key; the keys here are size"),
    (ChannelEdges, {"path": "error -> b", "loss": 0.5}, "loss is not a known key; write it inside"),
    (
        ChannelEdges,
        {"path": "error -> b", "bits": 3},
        "bits is not a known key; write it inside update, synapse or message, such as",
    ),
    (Network, {"populations": {}}, "forward is missing; write [[forward]] with a path"),
    (Network, {"forward": []}, "populations is missing; write [populations] with a line for each"),
    (
        Network,
        {"populations": 3, "forward": []},
        "populations must be a table, got 3; write [popul",
    ),
    (
        Network,
        {"populations": {}, "forward": {"path": "a -> b"}},
        "must be a list of tables, got {",
    ),
    (Network, {"populations": {}, "forward": "a -> b"}, "must be a list of tables, got 'a -> b'"),
    (
        Network,
        {"populations": {}, "forward": [3]},
        "forward[0] must be a table, got 3; the keys here are path, fan_in",
    ),
    (Network, {"populations": {"a": 3}, "forward": []}, "populations.a must be a table, got 3; "),
    (Network, {"populations": {}, "forward": [], "name": 3}, "name must be text in quotes, got 3"),
]


@pytest.mark.parametrize(("kind", "fields", "essential"), CASES)
def test_a_wrong_field_gets_one_sentence(kind, fields, essential):
    found = sentence(kind, **fields) if kind is not Network else network_sentence(fields)
    assert essential in found
    assert "; " in found
    assert "\n" not in found


def network_sentence(fields):
    with pytest.raises(NetworkError) as caught:
        Network(**fields)
    return caught.value.problems[0]


def test_the_example_of_the_style_is_kept():
    with pytest.raises(NetworkError) as caught:
        Network(
            populations={"a": {}, "h": {"size": 2}, "b": {}},
            forward=[{"path": "a -> h -> b"}],
            channel=[{"path": "error -> h"}, {"path": "h -> a", "message": {"bits": 0}}],
        )
    expected = (
        "channel[1].message.bits must be at least 1, got 0; leave it out for unlimited precision"
    )
    assert str(caught.value) == expected


def test_several_mistakes_are_listed_one_a_line():
    with pytest.raises(NetworkError) as caught:
        Population(size=0, activation="x", bias=3)
    text = str(caught.value)
    assert text.startswith("3 mistakes:\n  - size must")
    assert len(text.splitlines()) == 4


def test_a_population_named_by_a_number_is_a_mistake():
    problem = network_sentence({"populations": {3: {}}, "forward": []})
    assert problem == "populations[3] must be named by text, got 3; put it in quotes"


@pytest.mark.parametrize(("n", "n_sentences"), [(50, 50), (51, 2)])
def test_many_mistakes_of_one_cause_are_one_sentence_with_a_count(n, n_sentences):
    small = {f"h{number}": {"size": 1} for number in range(n)}
    forward = [{"path": f"input -> {name} -> output"} for name in small]
    once = {"path": "error -> h0"}
    limited = [{"path": f"h0 -> h{at}", "message": {"budget": 2}} for at in range(1, n)]
    with pytest.raises(NetworkError) as caught:
        Network(
            populations={"input": {"size": 3}, **small, "output": {"size": 2}},
            forward=forward,
            channel=[once, *limited, {"path": "error -> h1", "message": {"scale": -1.0}}],
        )
    problems = caught.value.problems
    assert len(problems) == n_sentences
    if n_sentences == 2:
        first = (
            "channel[1].message.budget must be left out on 'h0 -> h1', whose source has a single"
        )
        assert first in problems[-1] and problems[-1].endswith("remove it (and 49 more like this)")


def test_long_values_are_shortened():
    assert len(sentence(Population, activation="x" * 10_000)) < 250
    assert len(sentence(Population, size=list(range(100_000)))) < 250
    assert len(sentence(Population, size=np.zeros(1000))) < 250


def test_no_remedy_names_what_is_not_there():
    """A field that must be given has no default, and an empty one says nothing."""
    models = [BaseModel]
    for model in models:
        models += [each for each in model.__subclasses__() if each not in models]
    own = [each for each in models if each.__module__.startswith("neurochannel.")]
    assert {Network, Conv, Pool, Study} <= {*own}
    for model in own:
        for name in model.model_fields:
            said = remedy(model, (name,))
            assert "Undefined" not in said, (model, name)
            assert said not in ("leave it out for ()", "leave it out for {}"), (model, name)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"conv": {"maps": 3}}, "conv.kernel is missing; write for example kernel = 3"),
        ({"local": {"kernel": 3}}, "local.maps is missing; write for example maps = 8"),
        ({"pool": {}}, "pool.kernel is missing; write for example kernel = 3"),
        ({"conv": {"maps": 0, "kernel": 3}}, "at least 1, got 0; write for example maps = 8"),
    ],
)
def test_a_rule_of_windows_without_its_numbers_says_how_to_write_them(rule, told):
    assert sentence(ForwardEdges, path="a -> b", **rule).endswith(told)


def test_nothing_of_pydantic_is_seen():
    with pytest.raises(NetworkError) as caught:
        Population(size=0)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    with pytest.raises(NetworkError):
        Population.model_validate({"size": 0})


def test_numbers_of_numpy_are_numbers():
    population = Population(size=np.int64(3), bias=np.bool_(False))
    assert population == Population(size=3, bias=False)
    assert type(population.size) is int
    assert Message(scale=np.float32(0.5)) == Message(scale=0.5)


def test_a_text_that_is_not_unicode_is_a_mistake():
    assert "name must be proper Unicode, got '\\ud800'; write it again" in network_sentence(
        {"name": "\ud800", "populations": {}, "forward": []}
    )


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["error", "a -> b", "error -> h", "tied", "explicit", datetime.date(2000, 1, 1)]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def described():
    return {
        "name": "net",
        "populations": {"a": {"size": 2}, "h": {"size": 2, "bias": {"value": 1.0}}, "b": {}},
        "forward": [{"path": "a -> h -> b", "init": {"scale": 2.0}}],
        "channel": [
            {"path": "error -> h", "weights": "adaptive", "message": {"bits": 3}, "fan_in": 1},
            {"path": "h -> a", "edges": [[0, 0], [1, 1]], "init": [1.0, 2.0]},
        ],
    }


def places(value):
    """Return every container in a description with every key of it."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    here = [(value, key) for key in keys]
    return here + [place for key in keys for place in places(value[key])]


@given(st.data())
def test_any_damage_gets_sentences_and_nothing_else(data):
    damaged = described()
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(damaged)))
        container[key] = data.draw(JUNK)
        if isinstance(container, dict) and data.draw(st.booleans()):
            container[data.draw(st.text(max_size=4))] = container.pop(key)
    try:
        Network(**damaged).to_toml()
    except NetworkError as error:
        assert error.problems
        assert all(len(problem) < 600 and "\n" not in problem for problem in error.problems)
