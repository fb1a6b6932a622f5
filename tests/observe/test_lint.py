"""Each rule of lint: a network that breaks it, and a near one that does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurochannel as nc
from neurochannel.errors import DataError, NetworkError
from neurochannel.model.network import Network
from neurochannel.model.recipes import asrbp, bp, mlp, rbp, srbp, top_only
from neurochannel.observe.lint import lint
from neurochannel.observe.lint.first_batch import FirstBatch
from tests.networks import networks

GALLERY = sorted((Path(__file__).parents[2] / "topologies").glob("*.toml"))

FEW = settings.default.max_examples // 3


def chain(forward=None, channel=None, hidden=None, **populations):
    """A net input -> hidden -> output, by default with SRBP; fields can be replaced."""
    base = {
        "input": {"size": 6},
        "hidden": {"size": 5, "activation": "tanh", **(hidden or {})},
        "output": {"size": 3, "activation": "softmax"},
    }
    return Network(
        populations=base | populations,
        forward=forward or [{"path": "input -> hidden -> output"}],
        channel=[{"path": "error -> hidden"}] if channel is None else channel,
    )


def found(network, words, **options):
    return [finding for finding in lint(network, **options) if words in finding.text]


def only(network, words, **options):
    """The one finding, which must be the one with these words."""
    (finding,) = lint(network, **options)
    assert words in finding.text, finding.text
    assert finding.text.startswith(finding.where) and ";" in finding.text
    return finding


# --- no false alarms ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_gallery_is_clean(path, seed):
    network = Network.from_toml(path)
    if network.populations[network.input].size is None:
        network = network.sized(64, 10, (8, 8))
    findings = lint(network, seed=seed)
    if path.stem == "top_only":
        assert [f.where for f in findings] == ["populations.hidden1", "populations.hidden2"]
        assert all("gets no learning signal" in f.text for f in findings)
    elif path.stem == "late_errors":
        assert [f.where.split()[-1] for f in findings] == ["message.delay"] * 2
    else:
        assert findings == []


@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "power(1/3)"])
@pytest.mark.parametrize("recipe", [bp(), rbp(), srbp(fan_in=2), asrbp(), srbp(bits=3)])
def test_usual_networks_are_clean(activation, recipe):
    assert lint(mlp(784, 100, 30, 10, activation=activation).with_channel(recipe)) == []


@settings(max_examples=FEW)
@given(networks(), st.integers(0, 50))
def test_any_network_can_be_looked_at(network, seed):
    findings = lint(network, seed=seed)
    for finding in findings:
        assert finding.level in ("error", "warning")
        assert finding.text.startswith(finding.where) and "; " in finding.text
    levels = [finding.level for finding in findings]
    assert levels == sorted(levels)
    assert lint(network, seed=seed) == findings


def test_sizes_left_to_the_data_and_wrong_batches_are_refused():
    with pytest.raises(NetworkError, match="left to the data"):
        lint(mlp(None, 4, None).with_channel(bp()))
    with pytest.raises(DataError, match="shape"):
        lint(chain(), batch=np.zeros((2, 5)))


# --- reach -------------------------------------------------------------------------------------


def listed(pairs, path="input -> hidden"):
    rest = "hidden -> output" if path == "input -> hidden" else "input -> hidden"
    return [{"path": path, "edges": pairs}, {"path": rest}]


ALL = [[s, d] for s in range(6) for d in range(5)]


def test_neurons_that_no_input_reaches():
    assert not lint(chain(listed(ALL)))
    finding = only(chain(listed([e for e in ALL if e[1] not in (1, 4)])), "no input reaches")
    assert finding.level == "warning" and finding.where == "populations.hidden"
    assert "2 of 5 neurons (numbers 1 and 4)" in finding.text


def test_neurons_are_named_where_they_have_names():
    named = {"neurons": ["a", "b", "c", "d", "e"], "size": 5}
    network = chain(listed([e for e in ALL if e[1] != 2]), hidden=named)
    assert "1 of 5 neurons (c)" in only(network, "no input reaches").text


def test_neurons_that_do_not_reach_the_output():
    pairs = [[s, d] for s in range(5) for d in range(3)]
    assert not lint(chain(listed(pairs, "hidden -> output")))
    some = [e for e in pairs if e[0] != 3]
    finding = only(chain(listed(some, "hidden -> output")), "cannot change the output")
    assert "(number 3)" in finding.text


def test_inputs_that_nothing_reads():
    finding = only(chain(listed([e for e in ALL if e[0] != 0])), "whose inputs cannot change")
    assert finding.where == "populations.input"


def test_an_output_that_the_input_does_not_reach_is_an_error():
    network = Network(
        populations={
            "input": {"size": 2, "role": "input"},
            "aside": {"size": 2},
            "constant": {"size": 2},
            "output": {"size": 2, "role": "output"},
        },
        forward=[{"path": "input -> aside"}, {"path": "constant -> output"}],
        channel=[{"path": "error -> constant"}, {"path": "error -> aside"}],
    )
    finding = found(network, "cannot depend on the data")[0]
    assert finding.level == "error" and finding.where == "populations.output"
    assert found(network, "constants f(bias)")[0].where == "populations.constant"


# --- learning signals --------------------------------------------------------------------------


def test_populations_without_a_learning_signal():
    network = mlp(6, 5, 4, 3)
    where = [f.where for f in lint(network.with_channel(top_only()))]
    assert where == ["populations.hidden1", "populations.hidden2"]
    only(network.with_channel(srbp(to="hidden1")), "gets no learning signal")
    assert not lint(network.with_channel(srbp()))


def test_frozen_populations_need_no_signal():
    frozen = [{"path": "input -> hidden", "learn": False}, {"path": "hidden -> output"}]
    assert not lint(chain(frozen, channel=[], hidden={"bias": False}))


def test_single_neurons_without_a_signal():
    wires = [{"path": "error -> hidden", "edges": [[0, 0], [1, 1], [2, 2], [0, 4]]}]
    finding = only(chain(channel=wires), "get no learning signal")
    assert "1 of 5 neurons (number 3)" in finding.text
    wires[0]["edges"].append([1, 3])
    assert not lint(chain(channel=wires))


def test_a_weight_of_zero_gives_no_signal():
    weights = np.ones((3, 5)) * [[1.0], [-2.0], [0.5]]
    weights[:, 2] = 0
    finding = only(
        chain(channel=[{"path": "error -> hidden", "init": weights}]), "get no learning signal"
    )
    assert "(number 2)" in finding.text


def test_a_network_in_which_nothing_can_learn_is_an_error():
    frozen = [{"path": "input -> hidden -> output", "learn": False}]
    errors = [f for f in lint(chain(frozen, channel=[])) if f.level == "error"]
    assert len(errors) == 1 and "nothing ever changes" in errors[0].text
    half = [{"path": "input -> hidden"}, {"path": "hidden -> output", "learn": False}]
    assert not lint(chain(half))


# --- dead wires --------------------------------------------------------------------------------


def test_dead_branches_of_the_channel():
    relay = {"relay": {"size": 2}}
    dead = [{"path": "error -> hidden"}, {"path": "error -> relay"}]
    finding = only(chain(channel=dead, **relay), "dead branch")
    assert finding.where == "channel[1] error -> relay" and finding.level == "warning"
    alive = [{"path": "error -> hidden"}, {"path": "error -> relay -> hidden"}]
    assert not lint(chain(channel=[alive[1]], **relay))


def test_channel_edges_into_frozen_populations_and_into_the_input():
    frozen = [{"path": "input -> hidden", "learn": False}, {"path": "hidden -> output"}]
    only(chain(frozen), "all incoming weights and biases are frozen")
    only(chain(channel=[{"path": "error -> hidden"}, {"path": "error -> input"}]), "into the input")


def test_a_frozen_population_may_hand_the_signal_on():
    network = Network(
        populations={
            "input": {"size": 6},
            "a": {"size": 4, "activation": "tanh"},
            "b": {"size": 5},
            "c": {"size": 3},
        },
        forward=[
            {"path": "input -> a"},
            {"path": "a -> b", "learn": False},
            {"path": "b -> c"},
        ],
        channel=[{"path": "error -> b -> a"}],
    )
    assert not lint(network)


def test_wires_to_neurons_that_have_nothing_to_learn():
    few = listed([e for e in ALL if e[1] != 1])
    finding = found(chain(few, hidden={"bias": False}), "nothing to learn and hand nothing on")[0]
    assert finding.where == "channel[0] error -> hidden" and "(number 1)" in finding.text
    assert not found(chain(few), "nothing to learn and hand nothing on")


def test_a_channel_tied_to_frozen_weights():
    frozen = [{"path": "input -> hidden"}, {"path": "hidden -> output", "learn": False}]
    tied = [{"path": "error -> hidden", "weights": "tied"}]
    only(chain(frozen, tied), "is tied to 'hidden -> output', which is frozen")
    assert not lint(chain(channel=tied))


KP = {"path": "error -> hidden", "weights": "adaptive", "decay": 0.1}


@pytest.mark.parametrize(
    ("top", "words"),
    [
        ({"learn": False}, "decays, while 'hidden -> output', of which it is the mirror image, is"),
        ({"decay": 0.1, "momentum": 0.5}, "does not have the same momentum, so they never become"),
        ({"decay": 0.1, "momentum": 0.5, "rate_factor": 0.5}, "same momentum or rate_factor, so"),
    ],
)
def test_mirror_images_that_decay_but_change_in_other_ways(top, words):
    forward = [{"path": "input -> hidden"}, {"path": "hidden -> output", **top}]
    only(chain(forward, [KP]), words)


def test_mirror_images_that_change_alike_or_are_meant_to_differ():
    for top in ({"decay": 0.1}, {"decay": 0.2}, {}):
        forward = [{"path": "input -> hidden"}, {"path": "hidden -> output", **top}]
        assert not lint(chain(forward, [KP]))


@pytest.mark.parametrize("place", ["forward", "channel", "bias"])
def test_changes_of_which_nothing_is_left(place):
    def built(**update):
        learns = {"path": "input -> hidden", **({"update": update} if place == "forward" else {})}
        channel = {"path": "error -> hidden", "weights": "adaptive"}
        channel |= {"update": update} if place == "channel" else {}
        bias = {"bias": {"update": update}} if place == "bias" else {}
        return chain([learns, {"path": "hidden -> output"}], [channel], bias)

    for bits in (2, 5):
        limits = {"bits": bits, "quantizer": "uniform"}
        only(built(**limits, scale=1e6), "rounds every change to 0 at a rate of 0.1")
    for limits in ({"bits": 3}, {"keep": "sign"}):
        if place != "bias":  # which starts at 0, where any change is one
            only(built(**limits, scale=1e-20), "too small to change a weight of 32 bits")
        assert not lint(built(**limits, scale=1e-2))
    assert not lint(built(bits=3, quantizer="stochastic", scale=1.0))


@pytest.mark.parametrize("before", [{"keep": "sign", "scale": 0.1}, {"range": 0.1}])
def test_a_dead_zone_is_held_against_what_comes_before_it(before):
    network = chain(channel=[{"path": "error -> hidden", "message": {**before, "dead_zone": 0.15}}])
    only(network, "choose a dead_zone well below the largest message, 0.1")


@pytest.mark.parametrize("start", ["target", "prediction"])
def test_equal_weights_from_what_adds_up_to_1(start):
    equal = {"distribution": "zeros", "mean": 1.0}
    channel = [{"path": f"{start} -> hidden", "init": equal}]
    only(chain(channel=channel), "delivers the same number for every example to all 5 neurons")
    assert not lint(chain(channel=channel, output={"size": 3, "activation": "logistic"}))


def test_a_sparse_channel_without_any_edge_is_an_error():
    wires = [{"path": "error -> hidden", "density": 1e-6}]
    assert found(chain(channel=wires), "has no edges with this seed")[0].level == "error"
    assert not found(chain(channel=[wires[0] | {"density": 0.9}]), "has no edges")


# --- weights -----------------------------------------------------------------------------------


def with_init(init, **options):
    return chain(
        [{"path": "input -> hidden", "init": init}, {"path": "hidden -> output"}], **options
    )


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_saturating_initial_weights(activation):
    hidden = {"activation": activation}
    large = {"distribution": "normal", "scale": 100.0}
    assert only(with_init(large, hidden=hidden), "starts saturated").where == "populations.hidden"
    assert not lint(with_init("glorot", hidden=hidden))


def test_saturation_depends_on_the_batch():
    x = np.random.default_rng(0).normal(size=(20, 6))
    assert not lint(chain(), batch=x)
    only(chain(), "starts saturated", batch=1000 * x)


def test_silent_relu_neurons():
    hidden = {"activation": "relu", "bias": {"value": -50.0}}
    assert found(chain(hidden=hidden), "starts silent: 100%")
    assert not lint(chain(hidden={"activation": "relu"}))


def test_neurons_that_remain_copies_of_each_other():
    same = with_init(
        "zeros",
        channel=[{"path": "error -> hidden", "init": np.arange(1.0, 4)[:, None] * np.ones(5)}],
    )
    only(same, "copies of each other")
    # Random weights in the channel break the symmetry of forward weights that start at 0.
    assert not lint(with_init("zeros"))


def test_channels_of_zeros():
    zeros = [{"path": "error -> hidden", "init": "zeros"}]
    finding = found(chain(channel=zeros), "0 and stay 0")[0]
    assert finding.level == "error" and finding.where == "channel[0] error -> hidden"
    adaptive = [zeros[0] | {"weights": "adaptive"}]
    assert not lint(chain(channel=adaptive))
    assert found(with_init("zeros", channel=adaptive), "nothing can break the symmetry")


def test_weights_that_give_no_finite_error():
    wild = mlp(6, 5, 3, activation="power(300)", init={"distribution": "normal", "scale": 1e6})
    assert found(wild.with_channel(bp()), "not finite")[0].level == "error"


# --- messages ----------------------------------------------------------------------------------


def with_message(**message):
    return chain(channel=[{"path": "error -> hidden", "message": message}])


@pytest.mark.parametrize("quantizer", ["uniform", "log_zero"])
def test_a_scale_that_rounds_everything_to_zero_is_an_error(quantizer):
    finding = only(with_message(bits=2, quantizer=quantizer, scale=50.0), "every message to 0")
    assert finding.level == "error" and "at a scale of 50" in finding.text
    assert not lint(with_message(bits=2, quantizer=quantizer))


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_scale_that_leaves_only_signs(scale):
    only(with_message(bits=3, scale=scale), "only its sign is left")
    assert not lint(with_message(bits=3))


def test_a_single_bit_and_signs_are_meant_to_be_signs():
    assert not lint(with_message(bits=1))
    assert not lint(with_message(keep="sign"))
    assert not lint(with_message(keep="sign", bits=4))


def test_a_single_level_of_magnitudes():
    assert found(with_message(bits=2, scale=1e-6, keep="magnitude"), "tells nothing")


def test_signs_that_are_all_alike():
    network = with_message(keep="sign")
    shifted = {"size": 3, "bias": {"value": 50.0}}
    populations = {**network.populations, network.output: shifted}
    other = network.model_copy(update={"populations": populations})
    finding = only(other, "rounds every message to -1 (")
    assert finding.text.endswith('signs only), so it tells nothing; write keep = "all"')


def test_stochastic_messages_that_are_nearly_always_zero():
    only(with_message(bits=2, quantizer="stochastic", scale=500.0), "turns all but")
    assert not lint(with_message(bits=2, quantizer="stochastic"))


# --- signals that cannot teach ------------------------------------------------------------------

EQUAL = {"distribution": "zeros", "mean": 0.3}
ONES = np.ones((3, 5))
SOME_EQUAL = np.arange(15.0).reshape(3, 5) + 1
SOME_EQUAL[:, [1, 4]] = 0.5
PAIRS = [[s, d] for s in range(3) for d in range(5)]
CANCELLED = {
    "a mean": {"init": EQUAL},
    "explicit": {"init": ONES},
    "a weight of its own for each receiver": {"init": ONES * np.arange(1, 6)},
    "redrawn": {"weights": "redrawn", "init": EQUAL},
    "redrawn sets": {"weights": "redrawn", "sets": 2, "init": EQUAL},
    "single edges": {"edges": PAIRS, "init": np.ones(15)},
    "fan_in from all": {"fan_in": 3, "init": EQUAL},
}


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("case", CANCELLED)
def test_errors_of_softmax_that_cancel_out(case, loss):
    network = chain(channel=[{"path": "error -> hidden", **CANCELLED[case]}])
    network = network.model_copy(update={"loss": loss})
    (finding,) = found(network, "delivers 0")
    assert finding.level == "error" and finding.where == "channel[0] error -> hidden"
    assert "delivers 0 to all 5 neurons of 'hidden'" in finding.text
    run = nc.Simulation(network, dtype="float64")
    signals = run.learning_signals(np.ones((4, 6)), np.array([0, 1, 2, 0]))
    assert np.abs(signals["hidden"]).max() < 1e-15


def test_some_neurons_for_which_errors_cancel_out():
    network = chain(channel=[{"path": "error -> hidden", "init": SOME_EQUAL}])
    (finding,) = found(network, "delivers 0")
    assert finding.level == "warning" and "2 of 5 neurons (numbers 1 and 4)" in finding.text


LISTED_EQUAL = {"edges": PAIRS[:-1], "init": np.full(14, 0.5)}
SPARED = {
    "drawn": {},
    "drawn with a mean": {"init": {"distribution": "normal", "mean": 3.0}},
    "one sign differs": {"init": ONES * np.array([[1], [1], [-1]])},
    "few edges": {"fan_in": 2, "init": EQUAL},
    "adaptive": {"weights": "adaptive", "init": EQUAL},
    "limited": {"init": EQUAL, "message": {"bits": 3}},
    "lossy": {"init": EQUAL, "message": {"loss": 0.5}},
}


@pytest.mark.parametrize("case", SPARED)
def test_errors_that_do_not_cancel_out(case):
    network = chain(channel=[{"path": "error -> hidden", **SPARED[case]}])
    assert not found(network, "delivers 0")
    assert np.any(nc.Simulation(network).learning_signals(np.ones((1, 6)), [0])["hidden"])


def test_single_edges_of_which_one_neuron_lacks_one():
    (finding,) = found(chain(channel=[{"path": "error -> hidden", **LISTED_EQUAL}]), "delivers 0")
    assert "4 of 5 neurons" in finding.text


@pytest.mark.parametrize("activation", ["logistic", "linear", "tanh"])
def test_errors_of_other_outputs_do_not_cancel_out(activation):
    edges = {"path": "error -> hidden", "init": EQUAL}
    network = chain(channel=[edges], output={"size": 3, "activation": activation})
    assert not found(network, "delivers 0")


MAGNITUDES = {"keep": "magnitude"}
STEPS = {"bits": 3, "scale": 0.1, "keep": "magnitude"}
WITHOUT_DIRECTION = {
    "channel[0] error -> hidden message": {
        "channel": [{"path": "error -> hidden", "message": MAGNITUDES}]
    },
    "populations.hidden.receive": {"hidden": {"receive": MAGNITUDES}},
    "forward[1] hidden -> output update": {
        "forward": [{"path": "input -> hidden"}, {"path": "hidden -> output", "update": STEPS}]
    },
    "channel[0] error -> hidden update": {
        "channel": [{"path": "error -> hidden", "weights": "adaptive", "update": STEPS}]
    },
    "populations.hidden.bias.update": {"hidden": {"bias": {"update": STEPS}}},
}


@pytest.mark.parametrize("where", WITHOUT_DIRECTION)
def test_magnitudes_say_nothing_of_a_direction(where):
    finding = only(chain(**WITHOUT_DIRECTION[where]), "in which direction to change")
    assert (finding.level, finding.where) == ("warning", where)


@pytest.mark.parametrize("keep", ["all", "sign"])
def test_signs_do(keep):
    limits = {"keep": keep}
    assert not lint(with_message(**limits)) and not lint(chain(hidden={"receive": limits}))


# --- linear networks ----------------------------------------------------------------------------

LINEAR_NETS = [
    mlp(6, 5, 3, activation="linear"),
    mlp(6, 5, 4, 3, activation="linear"),
    mlp(6, 5, 4, 3, activation="power(1)", output="logistic"),
]


@pytest.mark.parametrize("network", LINEAR_NETS)
def test_networks_that_only_represent_linear_maps(network):
    finding = only(network.with_channel(rbp()), "no more than one without them")
    assert (finding.level, finding.where) == ("warning", "populations.hidden1")


def test_one_population_that_bends_is_enough_on_the_way_to_the_output():
    assert not lint(mlp(6, 3).with_channel(rbp()))
    forward = [{"path": "input -> hidden -> output"}, {"path": "hidden -> bent"}]
    bent, linear = {"size": 4, "activation": "tanh"}, {"activation": "linear"}
    output = {"size": 3, "activation": "softmax", "role": "output"}
    dead_end = chain(forward, hidden=linear, bent=bent, output=output)
    assert found(dead_end, "no more than one without them")
    forward[1] = {"path": "hidden -> bent -> output"}
    assert not found(chain(forward, hidden=linear, bent=bent), "no more than one without them")


# --- sizes -------------------------------------------------------------------------------------


def test_sizes_that_look_swapped():
    only(mlp(10, 30, 100, 784).with_channel(bp()), "exchange the sizes")
    assert not lint(mlp(784, 100, 30, 10).with_channel(bp()))
    assert not lint(mlp(10, 30, 100, 784, output="logistic").with_channel(bp()))
    assert not lint(mlp(2, 10, 3).with_channel(bp()))


def test_initial_weights_that_devices_cannot_have():
    network = nc.mlp(60, 50, 20).with_channel(nc.rbp())
    clipped = network.with_defaults(forward={"synapse": {"bounds": [-0.1, 0.1]}})
    coarse = network.with_defaults(forward={"synapse": {"step": 1.5, "bounds": [-2, 2]}})
    fine = network.with_defaults(forward={"synapse": "ecram"})
    texts = [" ".join(f.text for f in lint(one)) for one in (clipped, coarse, fine)]
    assert "of its weights at the bounds of their devices" in texts[0]
    assert "less than a single step of their devices, 1.5" in texts[1]
    assert "devices" not in texts[2]


# --- devices -----------------------------------------------------------------------------------

WIDE = {"bounds": [-1.0, 1.0]}
DEVICES = {
    "coarse": ({"step": 0.2, **WIDE}, "of 10 steps from bound to bound"),
    "finer than floats": ({"step": 1e-9, **WIDE, "pulses": "batch"}, "in 32 bits"),
    "noisy": ({"step": 0.01, **WIDE, "read_noise": 2.0}, "is read with a noise of 2, more than"),
    "relative noise": (
        {"step": 0.01, **WIDE, "read_noise": 1.5, "read": "relative"},
        "more than the weights themselves",
    ),
    "a far symmetry point": (
        {"step": 0.01, **WIDE, "soft": 0.5, "asymmetry": 0.5},
        "steps up and down are equal at 0.67",
    ),
    "no symmetry point": ({"step": 0.01, **WIDE, "asymmetry": -0.1}, "that pulses in both"),
    "none without steps": ({**WIDE, "asymmetry": 0.1}, "drive it to 1; take devices"),
    "rounded away": ({"step": 0.1, **WIDE, "pulses": "exact"}, "rounds every change to 0 steps"),
    "leaps": (
        {"step": 0.01, **WIDE, "model": "exponential", "amplitude": -9.0},
        "moves a weight at 0 by 0.1, 10 times the step of 0.01 by",
    ),
    "leaps of pairs": ("pcm", "moves a weight at 0 by 0.28, 28 times the step of 0.01 by"),
    "cut trains": ({"step": 1e-5, **WIDE}, "more than the 31 of a train, in"),
    "rare pulses": ({"step": 0.1, **WIDE}, "move devices by rare chance only"),
}
REFERENCED = {"step": 0.01, **WIDE, "soft": 0.5, "asymmetry": 0.5, "reference": 0.6}


@pytest.mark.parametrize("case", DEVICES)
@pytest.mark.parametrize("place", ["forward", "channel", "bias"])
def test_devices_that_do_not_suit_what_they_are_asked_for(case, place):
    synapse, words = DEVICES[case]
    own = {"synapse": synapse}
    learns = {"path": "input -> hidden", **(own if place == "forward" else {})}
    channel = {"path": "error -> hidden", "weights": "adaptive"}
    channel |= own if place == "channel" else {}
    value = np.array([0.5, -0.5, 0.4, 0.3, -0.6])
    bias = {"bias": {"value": value, **own}} if place == "bias" else {}
    network = chain([learns, {"path": "hidden -> output"}], [channel], bias)
    texts = [f.text for f in lint(network)]
    where = {"forward": "input -> hidden", "channel": "error -> hidden", "bias": "hidden"}[place]
    assert any(words in text and where in text for text in texts), texts


def test_devices_that_suit_what_they_are_asked_for():
    small = {"distribution": "glorot", "scale": 0.3}
    even = {"step": 0.001, **WIDE, "model": "exponential", "amplitude": -3.9}
    for synapse in ({"step": 0.001, **WIDE}, REFERENCED, even):
        learns = {"path": "input -> hidden", "synapse": synapse, "init": small}
        assert not lint(chain([learns, {"path": "hidden -> output"}]))


def test_a_leak_that_is_quicker_than_an_epoch():
    digits = nc.data.load("digits")
    network = nc.mlp(64, 10, 10).with_channel(nc.srbp())
    for leak, wrong in ((1000.0, True), (2000.0, False)):
        leaky = network.with_defaults(forward={"synapse": {"leak": leak}})
        texts = [f.text for f in lint(leaky, data=digits, batch=digits.train.x[:20] / 255.0)]
        assert any("less than an epoch of 1,438" in text for text in texts) == wrong, texts


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"bits": 3, "scale": 1e4, "quantizer": "uniform"}, "rounds every activity to 0"),
        ({"dead_zone": 50.0}, "choose a dead_zone"),
        ({"bits": 2, "scale": 1e3, "quantizer": "stochastic"}, "of the activities to 0"),
        ({"loss": 0.95}, "leaves 0.05 of what is sent"),
        ({"budget": 9}, "is 9 for a source of 6 neurons, so that it does nothing"),
        ({"bits": 8, "quantizer": "uniform", "noise": 0.3}, "fewer bits say as much"),
        ({"dead": 0.9, "per": "wire"}, "are dead; take more edges"),
    ],
)
def test_activity_on_its_way_is_held_to_the_rules_of_messages(message, words):
    network = chain([{"path": "input -> hidden", "message": message}, {"path": "hidden -> output"}])
    findings = found(network, words)
    assert [f.where.split(" message")[0] for f in findings] == ["forward[0] input -> hidden"]


def test_wires_of_activity_that_draw_for_each_of_them():
    network = nc.mlp(60, 50, 20).with_channel(nc.rbp())
    message = {"loss": 0.1, "per": "wire"}
    findings = found(network.with_defaults(forward={"message": message}), "3,000 wires, each of")
    assert [f.where for f in findings] == ["forward[0] input -> hidden1 message.per"]


@pytest.mark.parametrize("weights", ["tied", "random"])
def test_tied_wires_that_draw_are_those_of_the_forward_edges(weights):
    wide = {"input": {"size": 6}, "hidden": {"size": 60}, "output": {"size": 50}}
    network = chain(
        [{"path": "input -> hidden"}, {"path": "hidden -> output", "fan_in": 2}],
        [{"path": "error -> hidden", "weights": weights, "message": {"loss": 0.1, "per": "wire"}}],
        **wide,
    )
    assert len(found(network, "3,000 wires, each of")) == (weights == "random")


def test_draws_are_looked_at_once_where_much_arrives(monkeypatch):
    looked = []
    own = FirstBatch.messages
    monkeypatch.setattr(
        FirstBatch, "messages", lambda probe, at: looked.append(at) or own(probe, at)
    )
    for loss, n_times in ((0.5, 1), (0.9, 16)):
        looked.clear()
        lint(chain(channel=[{"path": "error -> hidden", "message": {"loss": loss}}]))
        assert looked == list(range(n_times)), loss


def test_words_on_precision_without_bits():
    for message, keys in (
        ({"quantizer": "uniform"}, ["quantizer"]),
        ({"scale": 0.5}, ["scale"]),
        ({"scale": 0.5, "quantizer": "stochastic", "noise": 0.1}, ["quantizer", "scale"]),
        ({"scale": 0.5, "keep": "sign"}, []),
        ({"scale": 0.5, "quantizer": "uniform", "bits": 4}, []),
    ):
        channel = [{"path": "error -> hidden", "message": message}]
        where = [f.where for f in found(chain(channel=channel), "without bits, so that it does")]
        assert where == [f"channel[0] error -> hidden message.{key}" for key in keys]
        hidden = {"receive": message}
        where = [f.where for f in found(chain(hidden=hidden), "without bits, so that it does")]
        assert where == [f"populations.hidden.receive.{key}" for key in keys]
