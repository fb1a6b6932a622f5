"""The engine's flow against closed forms, and training against both."""

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.theory import Modes, chain, flow, simulation, state_in, state_of
from neurochannel.theory.integrate import integrate
from neurochannel.theory.right_hand_side import RightHandSide
from tests.theory.systems import every_form, linear, nonlinear
from tests.windows import Twin

FORMS = every_form()
NAMES = [name for name, _, _ in FORMS]


@pytest.mark.parametrize(("name", "form", "start"), FORMS, ids=NAMES)
def test_two_independent_right_hand_sides_are_equal(name, form, start):
    run = simulation(form, start)
    velocity = RightHandSide(run)
    np.testing.assert_array_equal(state_of(form, velocity.named(velocity.start)), start)
    np.testing.assert_array_equal(state_in(form, run), start)
    assert velocity.loss(velocity.start) == pytest.approx(float(form.loss(start)), abs=1e-12)
    changes = {key: change / 0.01 for key, change in run.updates(*run.data.train).items()}
    np.testing.assert_allclose(state_of(form, changes), form.velocity(start), atol=1e-12)
    named = velocity.named(velocity(velocity.start))
    np.testing.assert_allclose(state_of(form, named), form.velocity(start), atol=1e-12)


@pytest.mark.parametrize(("name", "form", "start"), FORMS, ids=NAMES)
def test_the_engines_flow_is_that_of_the_closed_form(name, form, start):
    times = np.linspace(0, 0.5 if "power" in name else 3.0, 4)
    theirs = flow(simulation(form, start), times[-1], save_at=times, tolerance=1e-12)
    ours = integrate(form.velocity, start, until=times[-1], save_at=times, tolerance=1e-12)
    np.testing.assert_allclose(state_of(form, theirs.parameters), ours.states, atol=1e-9)
    np.testing.assert_allclose(theirs.loss, form.loss(ours.states), atol=1e-9)


def trained(form, start, rate, time):
    run = simulation(form, start, rate)
    run.train(round(time / rate), progress=False, evaluate_every=None)
    return state_in(form, run)


def orders(errors):
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


SYSTEMS = {
    "chain": lambda seed: (chain([0.7, -0.5]), np.random.default_rng(seed).normal(size=3)),
    "autoencoder": lambda seed: linear((3, 1, 3), "rbp", seed),
    "power": lambda seed: nonlinear("power(2)", "rbp", seed=seed),
}
RATES = (0.02, 0.01, 0.005, 0.0025)


@pytest.mark.parametrize("kind", SYSTEMS)
def test_training_approaches_the_flow_and_conserves_at_first_order(kind):
    apart, drift = np.zeros(len(RATES)), np.zeros(len(RATES))
    for seed in range(4):
        form, start = SYSTEMS[kind](seed)
        exact = integrate(form.velocity, start, until=2.0, tolerance=1e-12).states[-1]
        before = form.conserved(start)
        for number, rate in enumerate(RATES):
            state = trained(form, start, rate, 2.0)
            apart[number] += np.abs(state - exact).sum()
            after = form.conserved(state)
            drift[number] += sum(np.abs(after[name] - before[name]).sum() for name in before)
    np.testing.assert_allclose(orders(apart), 1, atol=0.1)
    np.testing.assert_allclose(orders(drift), 1, atol=0.1)
    assert np.all(apart > 0)


def test_both_adapting_weights_of_a_chain_keep_their_difference_in_discrete_time():
    form = chain(1, channel="arbp")
    start = np.array([0.3, 0.8, -0.4])
    state = trained(form, start, 0.1, 20.0)
    assert state[1] - state[2] == pytest.approx(1.2, abs=1e-14)


@pytest.mark.parametrize("seed", range(4))
def test_training_flow_and_prediction_end_in_the_same_fixed_point(seed):
    rng = np.random.default_rng(seed)
    form = chain(rng.choice([-1, 1], 2) * rng.uniform(0.4, 1.2, 2))
    start = rng.uniform(-0.9, 0.9, 3)
    expected = form.limit(start)
    followed = flow(simulation(form, start), 1e3, still=1e-9)
    assert followed.converged
    assert expected.converged
    np.testing.assert_allclose(state_of(form, followed.final), expected.state, atol=1e-7)
    np.testing.assert_allclose(trained(form, start, 0.01, 40.0), expected.state, atol=0.05)


def test_learning_curves_of_modes_hold_on_the_engine():
    modes = Modes([2, 1], [0.05, 0.1])
    form, start = modes.system(hidden=3)
    times = np.linspace(0, 3, 7)
    followed = flow(simulation(form, start), 3.0, save_at=times, tolerance=1e-12)
    strengths = modes.strengths_of(form, state_of(form, followed.parameters))
    np.testing.assert_allclose(strengths, modes.strength(times), atol=1e-9)
    run = simulation(form, start, rate=0.001)
    run.train(1000, progress=False, evaluate_every=None)
    got = modes.strengths_of(form, state_in(form, run))
    np.testing.assert_allclose(got, modes.strength(1.0), rtol=0.01)


def digits(channel, **options):
    rng = np.random.default_rng(0)
    x, t = rng.uniform(size=(20, 6)), rng.integers(0, 3, 20)
    network = nc.mlp(6, 9, 5, 3).with_channel(channel)
    return nc.Simulation(network, (x, t), **({"batch_size": 20, "rate": 1e-3} | options))


@pytest.mark.parametrize("channel", [nc.bp(), nc.srbp(), nc.arbp(), nc.srbp(fan_in=2)])
def test_any_network_has_a_flow_that_training_follows(channel):
    run = digits(channel, dtype="float64")
    start = run.evaluate(run.data.train)
    done = flow(run, 0.5, tolerance=1e-10)
    assert done.status == "end of the interval"
    run.train(500, progress=False, evaluate_every=None)
    named = {**run.weights, **run.biases}
    for name, weights in named.items():
        np.testing.assert_allclose(done.final[name], weights, atol=2e-3)
    loss = run.evaluate(run.data.train).loss
    assert done.loss[-1] == pytest.approx(loss, abs=1e-3)
    assert done.loss[0] == pytest.approx(start.loss, abs=1e-9)


def test_a_flow_does_not_touch_its_run():
    run = digits(nc.arbp())
    before = run.snapshot()
    flow(run, 0.1)
    after = run.snapshot()
    for key, values in before.parameters.items():
        np.testing.assert_array_equal(after.parameters[key], values)
    assert run.updates_done == 0


def test_times_events_and_points_between():
    form = chain([0.5])
    run = simulation(form, [0.5, 0.5])

    def half(t, parameters):
        return np.sum(parameters["input -> hidden1"] * parameters["hidden1 -> output"]) - 0.5

    half.terminal = True
    done = flow(run, 50.0, events=[half])
    assert done.status == "stopped by an event"
    (times,) = done.event_times
    at = done.at(times[0])
    assert float(at["input -> hidden1"][0, 0] * at["hidden1 -> output"][0, 0]) == pytest.approx(0.5)
    assert done.times[-1] == times[0]
    with pytest.raises(nc.OptionError, match="t must lie between 0 and"):
        done.at(60.0)
    with pytest.raises(nc.OptionError, match="leave out save_at"):
        flow(run, 1.0, save_at=[1.0]).at(0.5)


@pytest.mark.parametrize("method", ["RK45", "LSODA", "Radau", "BDF"])
def test_all_solvers_agree(method):
    form, start = linear((2, 2, 2), "rbp")
    run = simulation(form, start)
    one = flow(run, 2.0, save_at=[2.0], tolerance=1e-9).final
    other = flow(run, 2.0, save_at=[2.0], tolerance=1e-9, method=method).final
    for name in one:
        np.testing.assert_allclose(other[name], one[name], atol=1e-5)


REFUSED = {
    "redrawn": (
        nc.ChannelEdges(path="error -> hidden1", weights="redrawn"),
        "draws its weights again at each step",
    ),
    "noise": (nc.rbp(noise=0.1), "draws random numbers"),
    "stochastic": (nc.rbp(bits=3, quantizer="stochastic"), "draws random numbers"),
    "bits": (nc.rbp(bits=3), "is rounded .3 bits"),
    "sign": (nc.rbp(keep="sign"), "is rounded .signs only"),
    "dead zone": (nc.rbp(dead_zone=0.1), "has a dead zone .0 below 0.1"),
    "receive": (nc.rbp(receive={"bits": 2}), "what 'hidden[12]' receives is rounded"),
    "update": (nc.arbp(update={"bits": 4, "scale": 0.01}), "limits its changes .4 bits"),
    "momentum": (nc.arbp(momentum=0.9), "has momentum, which has a memory"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_flow_is_refused_in_one_sentence(kind):
    channel, sentence = REFUSED[kind]
    run = digits(channel)
    with pytest.raises(nc.OptionError, match=sentence) as told:
        flow(run)
    assert "\n" not in str(told.value)


def test_options_that_do_not_fit_are_told():
    run = digits(nc.rbp())
    with pytest.raises(nc.OptionError, match=r"all 20 examples in each batch.*batch_size=20"):
        flow(digits(nc.rbp(), batch_size=10))
    images = nc.Data(np.zeros((4, 3, 2)), [0, 1, 2, 0]).augmented(1, True)
    moved = nc.Simulation(nc.mlp(6, 2, 3).with_channel(nc.rbp()), images, batch_size=4)
    with pytest.raises(nc.OptionError, match=r"at random \(shift 1, flip on\); give the data with"):
        flow(moved)
    with pytest.raises(nc.DataError, match="a flow needs data"):
        flow(nc.Simulation(nc.mlp(2, 2, 2), None))
    with pytest.raises(nc.OptionError, match="run must be a Simulation, got an object of the type"):
        flow(run.network)
    for options, sentence in (
        ({"until": -1}, "until must be a finite number above 0, got -1"),
        ({"tolerance": "small"}, "tolerance must be a finite number"),
        ({"method": "euler"}, "method must be one of DOP853"),
        ({"save_at": [2, 1]}, "save_at must be rising times"),
    ):
        with pytest.raises(nc.OptionError, match=sentence):
            flow(run, **options)
    large = nc.Simulation(nc.mlp(6, 200, 3).with_channel(nc.rbp()), run.data, batch_size=20)
    with pytest.raises(nc.OptionError, match="method Radau is for at most 1000 parameters"):
        flow(large, method="Radau")


def test_a_flow_that_blows_up_is_told_with_its_time():
    """x' = x^3 with x = a1 = a2 = -c: a channel against the gradient of a growing error."""
    done = integrate(lambda x: x**3, np.ones(1), until=10.0)
    assert done.status == "blew up"
    assert done.times[-1] == pytest.approx(0.5, abs=1e-6)


# --- convolutional networks --------------------------------------------------------------------

MEANS = nc.convnet((4, 5, 2), nc.conv(3, 3), nc.pool(2, kind="mean"), nc.local(2, 1), 3)
MAXIMA = nc.convnet((4, 5, 2), nc.conv(3, 3), nc.pool(2, 1), nc.conv(2, 2, padding=1), 3)


def images(network, channel, n=15, **options):
    rng = np.random.default_rng(1)
    data = nc.Data(rng.normal(size=(n, network.size("input"))), rng.integers(0, 3, n))
    options = {"batch_size": n, "rate": 1e-3, "dtype": "float64", "seed": 4} | options
    return nc.Simulation(network.with_channel(channel), data, **options)


@pytest.mark.parametrize("network", [MEANS, MAXIMA], ids=["means", "maxima"])
@pytest.mark.parametrize("channel", [nc.bp(), nc.arbp()], ids=["bp", "arbp"])
def test_the_velocity_of_a_convolutional_network_is_that_of_dense_matrices(network, channel):
    run = images(network, channel)
    velocity = RightHandSide(run)
    named = velocity.named(velocity(velocity.start))
    x, t = run.data.train.x, np.eye(3)[run.data.train.t]
    for name, change in Twin(run).updates(x, t, 1.0).items():
        np.testing.assert_allclose(named[name], change, 1e-12, 1e-13, err_msg=name)
        assert change.any(), name


@pytest.mark.parametrize("network", [MEANS, MAXIMA], ids=["means", "maxima"])
def test_small_steps_of_a_convolutional_network_follow_its_flow(network):
    run = images(network, nc.arbp())
    start = {name: np.array(weights) for name, weights in run.weights.items()}
    done = flow(run, 0.3)
    assert done.status == "end of the interval"
    assert done.note == ""
    run.train(300, progress=False, evaluate_every=None)
    for name, weights in {**run.weights, **run.biases}.items():
        np.testing.assert_allclose(done.final[name], weights, atol=1e-3, err_msg=name)
    moved = max(np.abs(run.weights[name] - start[name]).max() for name in start)
    assert moved > 0.02


def test_a_flow_past_max_pools_crosses_jumps_in_few_steps():
    """A digit's winners change many times on the way to t = 1."""
    network = nc.convnet((8, 8), nc.conv(4, 3), nc.pool(2), 10).with_channel(nc.bp())
    data = nc.data.load("digits+first=50")
    run = nc.Simulation(network, data, batch_size=50, dtype="float64", seed=0)
    done = flow(run, 1.0)
    winners = [
        np.argmax(windows_of(images), axis=-1)
        for images in (responses_at(run, done, t) for t in (0.0, 1.0))
    ]
    assert (winners[0] != winners[1]).sum() > 20
    assert done.status == "end of the interval"
    assert done.evaluations < 2000
    finer = flow(run, 1.0, method="RK23")
    for name, weights in done.final.items():
        np.testing.assert_allclose(finer.final[name], weights, atol=1e-3, err_msg=name)


def responses_at(run, done, t):
    branch = run.branch(run.network)
    for name, weights in done.at(t).items():
        (branch.weights if name in branch.weights else branch.biases)[name] = weights
    return branch.forward(run.data.train.x)["conv1"]


def windows_of(activity):
    """Activity by window of 2 x 2, the four of a window last."""
    parts = activity.reshape(-1, 4, 2, 4, 2, 4)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(-1, 4)


def test_a_tolerance_below_what_jumps_allow_is_refused():
    with pytest.raises(
        nc.OptionError, match="at least 1e-06 .* with 'conv1 -> pool1', which takes"
    ):
        flow(images(MAXIMA, nc.bp()), 0.1, tolerance=1e-8)
    flow(images(MEANS, nc.bp()), 0.01, tolerance=1e-8)


def test_a_flow_that_takes_too_long_says_how_far_it_came_and_what_helps():
    run = images(MEANS, nc.bp())
    done = flow(run, 1e4, seconds=1e-9)
    assert done.status == "out of time"
    assert "15 examples" in done.note
    assert "data.first(200)" in done.note
    assert done.times[-1] < 1e4
    for wrong in (0, -1.0, "long", True):
        with pytest.raises(nc.OptionError, match="seconds must be a number above 0"):
            flow(run, 1.0, seconds=wrong)
