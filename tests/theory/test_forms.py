"""Theorems about flows, tested on the closed forms alone."""

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.theory import Linear, Modes, Nonlinear, autoencoder, chain
from neurochannel.theory.forms.settling import integrated
from neurochannel.theory.integrate import integrate
from tests.theory.systems import CHANNELS, POWERS, covariance, every_form, linear, nonlinear

FORMS = every_form()
NAMES = [name for name, _, _ in FORMS]


def path_of(form, start, until=5.0, **options):
    return integrate(form.velocity, start, until=until, tolerance=1e-12, **options)


@pytest.mark.parametrize(("name", "form", "start"), FORMS, ids=NAMES)
def test_conserved_quantities_are_constant_along_the_flow(name, form, start):
    states = path_of(form, start, until=0.5 if "power" in name else 5.0).states
    before, after = form.conserved(states[0]), form.conserved(states[-1])
    moved = np.abs(states[-1] - states[0]).max()
    assert moved > 0.002
    for formula, value in before.items():
        np.testing.assert_allclose(after[formula], value, atol=2e-9, err_msg=formula)
    if name == "tanh without f'":
        assert not before
    elif not name.startswith(("tanh", "logistic")):
        assert before


@pytest.mark.parametrize(("name", "form", "start"), FORMS, ids=NAMES)
def test_the_jacobian_is_the_derivative_of_the_velocity(name, form, start):
    step = 1e-6
    columns = [
        (form.velocity(start + step * axis) - form.velocity(start - step * axis)) / (2 * step)
        for axis in np.eye(form.n)
    ]
    np.testing.assert_allclose(form.jacobian(start), np.array(columns).T, atol=1e-7)


@pytest.mark.parametrize(("name", "form", "start"), FORMS, ids=NAMES)
def test_many_states_at_once_are_the_same_as_one_by_one(name, form, start):
    states = start + np.linspace(0, 0.2, 3)[:, None]
    np.testing.assert_allclose(form.velocity(states), [form.velocity(one) for one in states])
    np.testing.assert_allclose(form.loss(states), [form.loss(one) for one in states])


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_the_limit_of_a_chain_is_where_its_flow_ends(channel, seed, hidden):
    rng = np.random.default_rng(seed)
    c = rng.normal(size=hidden) if channel in ("rbp", "srbp") else hidden
    form = chain(c, rng.normal(), rng.uniform(0.5, 2), channel=channel)
    start = rng.normal(size=form.n)
    found, ended = form.limit(start), integrated(form, start)
    if channel != "arbp" or hidden == 1:
        assert found.how == "closed form"
    assert found.status == ended.status == "converged"
    np.testing.assert_allclose(found.state, ended.state, atol=2e-6)
    assert np.prod(found.state[: form.depth]) == pytest.approx(form.target[0, 0], abs=1e-8)


@pytest.mark.parametrize("channel", ["rbp", "srbp"])
@pytest.mark.parametrize("sizes", [(1, 4, 1), (3, 1, 3), (4, 1, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_the_limit_of_one_hidden_or_one_input_is_where_the_flow_ends(channel, sizes, seed):
    form, start = linear(sizes, channel, seed)
    found, ended = form.limit(start), integrated(form, start)
    assert (found.how, found.status, ended.status) == ("closed form", "converged", "converged")
    np.testing.assert_allclose(found.state, ended.state, atol=1e-6)


@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 2, 3), (3, 4, 2)])
def test_the_channel_times_the_product_reaches_the_channel_times_regression(sizes):
    form, start = linear(sizes, "rbp", 5)
    ended = form.limit(start)
    assert ended.converged
    reached = form.c[0] @ form.product(ended.state)
    np.testing.assert_allclose(reached, form.c[0] @ form.target, atol=1e-6)


def test_the_autoencoder_of_decorrelated_inputs_projects_on_its_channel():
    c = np.array([[0.5, -1.0, 2.0]])
    form = autoencoder(3, 1, c=c)
    ended = form.limit([0.1, -0.2, 0.3, 0.2, 0.5, -0.4])
    np.testing.assert_allclose(form.product(ended.state), c.T @ c / (c @ c.T), atol=1e-12)


def test_the_autoencoder_of_correlated_inputs_has_the_general_limit():
    c, s = np.array([[0.5, -1.0, 2.0]]), np.diag([1.0, 2.0, 4.0])
    form = autoencoder(3, 1, s, c=c)
    start = form.state([[0.1, -0.2, 0.3]], [[0.2], [0.5], [-0.4]])
    product = form.product(integrated(form, start).state)
    np.testing.assert_allclose(product, s @ c.T @ c / (c @ s @ c.T), atol=1e-7)
    assert np.abs(product - c.T @ c / (c @ c.T)).max() > 0.1


def test_rbp_is_srbp_with_the_products_of_its_matrices():
    form, start = linear((2, 3, 4, 2), "rbp", 3)
    same = Linear(form.sizes, form.s_ii, form.s_ti, "srbp", tuple(form.skipped))
    np.testing.assert_allclose(form.velocity(start), same.velocity(start), atol=1e-12)


def test_small_starts_make_the_adaptive_channel_symmetric():
    rng = np.random.default_rng(1)
    form = Linear((3, 2, 2), np.eye(3), rng.normal(size=(2, 3)), "arbp")
    start = 1e-3 * rng.normal(size=form.n)
    a, c = form.parts(form.limit(start).state)
    assert np.abs(c[0]).max() > 0.3
    np.testing.assert_allclose(c[0], a[1].T, atol=1e-2)


def test_the_hyperbola_repels_where_the_theorem_says_so():
    form = chain(0.8, 1.0, 1.0)
    for a1 in np.linspace(-3, 3, 13):
        if a1:
            a2 = 1 / a1
            point = form.fixed_point([a1, a2])
            assert point.stable == (0.8 * a2 + a1 * a1 > 0)


def test_a_start_on_a_separatrix_is_told():
    stays = chain(2, channel="bp").limit([0.5, -0.5, 0.9])
    assert stays.status == "unstable"
    assert "0 together" in stays.note
    np.testing.assert_allclose(stays.state[:2], 0, atol=1e-12)
    form = chain(1.0)
    a1 = -0.5
    resting = form.limit([a1, 1 / a1])
    assert resting.status == "unstable"
    assert "separatrix" in resting.note


def test_a_channel_of_zero_teaches_the_top_weight_alone():
    form = chain(0.0, 1.0, 2.0)
    found = form.limit([0.5, 0.1])
    np.testing.assert_allclose(found.state, [0.5, 1.0])
    assert found.converged
    asleep = form.limit([0.0, 0.1])
    assert asleep.note
    np.testing.assert_array_equal(asleep.state, [0.0, 0.1])


def test_fixed_points_of_a_chain_alternate():
    rng = np.random.default_rng(4)
    counts = set()
    for _ in range(30):
        form = chain(rng.normal(size=2))
        points = form.fixed_points(2 * rng.normal(size=3))
        kinds = [point.stability for point in points]
        assert kinds == ["stable", "unstable"] * (len(kinds) // 2) + ["stable"]
        counts.add(len(kinds))
    assert counts >= {1, 3}


@pytest.mark.parametrize("activation", POWERS)
@pytest.mark.parametrize("seed", range(4))
def test_a_power_chain_with_slope_ends_in_the_predicted_root(activation, seed):
    form, start = nonlinear(activation, "rbp", seed=seed)
    found, ended = form.limit(start), integrated(form, start)
    assert (found.how, found.status) == ("closed form", "converged")
    np.testing.assert_allclose(found.state, ended.state, atol=1e-6)
    assert found.state[0] > 0


@pytest.mark.parametrize("activation", POWERS)
def test_without_slope_a_power_chain_has_no_fixed_point(activation):
    form, start = nonlinear(activation, "rbp", derivative=False)
    found = form.limit(start)
    assert not found.converged
    assert "without f' there is no fixed point" in found.note
    assert np.abs(form.velocity(found.state)).max() > 1e-4


def test_without_slope_there_is_a_fixed_point_if_the_moments_agree():
    x = np.array([1.0, 1.0])
    form = Nonlinear(x, 2 * x, "power(2)", [0.5], derivative=False)
    found = form.limit([0.5, 0.5])
    assert found.converged
    assert not found.note


@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_one_example_conserves_a_function_of_both_weights(activation):
    form = Nonlinear([0.8], [0.5], activation, [0.7])
    before, after = (
        form.conserved(y) for y in path_of(form, np.array([0.3, -0.4])).states[[0, -1]]
    )
    (formula,) = before
    assert after[formula] == pytest.approx(before[formula], abs=1e-10)


def test_learning_curves_of_modes_are_exact():
    modes = Modes([3, 1, 0.5, 0], [0.1, 0.2, 0.01, 0.1], [1, 2, 1, 0.5])
    form, start = modes.system(seed=1, hidden=6)
    path = path_of(form, start, save_at=np.linspace(0, 5, 9))
    followed = modes.strengths_of(form, path.states, seed=1)
    np.testing.assert_allclose(followed, modes.strength(path.times), atol=1e-9)
    np.testing.assert_allclose(form.loss(path.states), modes.loss(path.times), atol=1e-9)
    half = modes.time_to(0.7)
    at = [modes.strength(t)[k] for k, t in enumerate(half[:3])]
    np.testing.assert_allclose(at, 0.7 * np.array([3, 0.5, 0.5]), atol=1e-12)
    assert np.isnan(half[3])


@pytest.mark.parametrize(("name", "form", "start"), FORMS, ids=NAMES)
def test_networks_and_data_have_the_sizes_and_moments_of_the_form(name, form, start):
    data, weights = form.data(), form.weights(start)
    bundles = {bundle.name for bundle in form.network().forward_bundles}
    if form.channel != "bp":
        bundles |= {bundle.name for bundle in form.network().channel_bundles}
    assert set(weights) == bundles
    if isinstance(form, Linear):
        x, t = data.train
        np.testing.assert_allclose(x.T @ x / len(x), form.s_ii, atol=1e-12)
        np.testing.assert_allclose(t.T @ x / len(x), form.s_ti, atol=1e-12)


MISTAKES = [
    (lambda: chain([0.5], 1, 0), "beta must be above 0, got 0"),
    (lambda: chain([0.5], 1, -1), "beta must be above 0, got -1"),
    (lambda: chain(["a"]), "must be numbers"),
    (lambda: chain([np.nan]), "must be finite"),
    (lambda: chain([0.5], channel="bp"), "c must be the number of hidden neurons for bp"),
    (lambda: chain([0.5], channel="sgd"), "c must be the number|channel must be one of"),
    (lambda: Linear((2,), np.eye(2), np.eye(2)), "at least those of input and output"),
    (lambda: Linear((2, 0, 2), np.eye(2), np.eye(2)), "whole numbers of at least 1, got 0"),
    (lambda: Linear((2, 1, 2), np.eye(3), np.eye(2)), r"s_ii must have shape \(2, 2\)"),
    (lambda: Linear((2, 1, 2), [[1, 2], [0, 1]], np.eye(2)), "s_ii must be symmetric"),
    (lambda: Linear((2, 1, 2), -np.eye(2), np.eye(2)), "no negative eigenvalue, got -1"),
    (lambda: Linear((2, 1, 2), np.diag([1, 0]), np.eye(2), "bp"), "s_ti must be 0 where s_ii is"),
    (lambda: Linear((2, 1, 2), np.eye(2), np.eye(2)), "c must have 1 matrices for rbp, got 0"),
    (lambda: chain([0.5]).limit([1, 2, 3]), "start must be 2 numbers or the matrices A1, A2"),
    (lambda: chain([0.5]).limit([np.inf, 1]), "must be finite, got inf"),
    (lambda: Nonlinear([1], [1], "cosine"), "activation must be tanh"),
    (lambda: Nonlinear([1], [1], "power(0)"), "activation must be tanh"),
    (lambda: Nonlinear([1, 2], [1]), "t must be 2 numbers in a row"),
    (lambda: Modes([1], [0]), "u must be above 0, got 0"),
    (lambda: Modes([-1], [1]), "s must be at least 0, got -1"),
    (lambda: Modes([1], [1]).time_to(2), "part must lie between 0 and 1, got 2"),
    (lambda: Modes([1, 2], [1, 1]).system(hidden=1), "hidden must be at least the number of modes"),
]


@pytest.mark.parametrize(("make", "sentence"), MISTAKES, ids=[text for _, text in MISTAKES])
def test_bad_input_is_told_in_one_sentence(make, sentence):
    with pytest.raises(nc.OptionError, match=sentence) as told:
        make()
    assert "\n" not in str(told.value)


def test_a_singular_covariance_has_a_limit_that_depends_on_the_start():
    s = np.diag([1.0, 0.0])
    form = Linear((2, 2, 2), s, s, "rbp", (np.eye(2) + 0.1,))
    assert form.singular
    start = form.state(covariance(np.random.default_rng(0), 2), np.eye(2))
    ended = form.limit(start)
    assert ended.converged
    np.testing.assert_allclose(form.error(ended.state), 0, atol=1e-7)


def test_a_chain_of_cubes_blows_up_in_finite_time():
    """The top weight fits the cubes of the cubes, which leaves a1' = 3 c1 a1^2 mean(E I^3) > 0."""
    form = Nonlinear([0.7, 1.0, 1.3], [1.0, 0.2, 0.5], "power(3)", [0.8, 0.6], "srbp")
    found = form.limit([0.9, 0.5, 0.5])
    assert found.status == "blew up"
    assert found.time == pytest.approx(3.8283, abs=1e-4)
    assert "beyond all bounds after a time of 3.8283" in found.note
    assert np.isfinite(found.state).all()
    assert form.fixed_points([0.9, 0.5, 0.5]) == ()
    path = path_of(form, np.array([0.9, 0.5, 0.5]), until=3.0, save_at=[2.9, 3.0])
    (before, after), step = path.states, 0.1
    pole = path.times[-1] + step / (after[0] / before[0] - 1)
    assert pole == pytest.approx(found.time, abs=0.1)


RELAYED = [(2, 3), (3, 4)]


@pytest.mark.parametrize(("hidden", "seed"), RELAYED)
def test_chains_with_relayed_adaptive_channels_end_at_a_known_root_or_circle(hidden, seed):
    form = chain(hidden, 0.8, 1.2, channel="arbp")
    endings = set()
    for start in np.random.default_rng(seed).normal(size=(6, form.n)):
        found, points = form.limit(start), form.fixed_points(start)
        endings.add(found.status)
        for point in points:
            np.testing.assert_allclose(form.velocity(point.state), 0, atol=1e-9)
            for name, value in form.conserved(point.state).items():
                np.testing.assert_allclose(value, form.conserved(start)[name], atol=1e-7)
        if found.converged:
            assert min(np.abs(point.state - found.state).max() for point in points) < 1e-7
            continue
        assert found.note.startswith("the flow circles with a period of")
        period = float(found.note.split("period of ")[1].split(":")[0])
        back = path_of(form, start, until=period, save_at=[period]).states[-1]
        np.testing.assert_allclose(back, start, atol=1e-4)
    assert endings == {"converged", "not converged"}
