"""Devices alone: against closed forms, and against curves measured with another simulator."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc

DATA = Path(os.environ.get("NEUROCHANNEL_DATA", "."))
PLACES = [folder / "devices" / "curves.json" for folder in (DATA, DATA.parent)]
MEASURED = next((place for place in PLACES if place.exists()), PLACES[0])
NAMES = {
    "ConstantStep(GokmenVlasov)": "gokmen_vlasov",
    "LinearStep(EcRam)": "ecram",
    "SoftBounds(default,dw_min=.002)": "soft_bounds",
    "ExpStep(ReRamES)": "reram_es",
}


@pytest.mark.parametrize("name", NAMES)
def test_presets_agree_with_curves_of_aihwkit(name):
    if not MEASURED.exists():
        pytest.skip("the measured curves are not here")
    measured = json.loads(MEASURED.read_text())["curves"][name]
    synapse, n = nc.Synapse(preset=NAMES[name]), measured["pulses"]
    shown = synapse.response(n, n, 1000, 11, noise=False)
    low, high = synapse.bounds
    for direction, begin in (("up", 0), ("down", n)):
        for pulse, mean, spread in measured["mean_sd_noise_free"][direction]:
            row = shown[begin + pulse]
            assert row.mean() == pytest.approx(mean, abs=0.01 * (high - low))
            assert row.std() == pytest.approx(spread, rel=0.1, abs=1e-6)


def test_pulses_of_one_size_stop_at_the_bounds():
    shown = nc.Synapse(step=0.25, bounds=[-0.6, 1]).response(6, 9, devices=2)
    up = [0, 0.25, 0.5, 0.75, 1, 1, 1]
    down = [0.75, 0.5, 0.25, 0, -0.25, -0.5, -0.6, -0.6, -0.6]
    assert shown.shape == (16, 2)
    assert shown[:, 1] == pytest.approx(up + down, abs=1e-6)


@pytest.mark.parametrize("high", [0.5, 1.3])
def test_n_pulses_of_soft_bounds_have_a_closed_form(high):
    """w(n) = b + (w - b) (1 - s / b)^n."""
    synapse, n = nc.Synapse(step=0.02, soft=1, bounds=[-0.8, high]), np.arange(201)
    shown = synapse.response(200, 200, devices=1)[:, 0]
    up = high - high * (1 - 0.02 / high) ** n
    assert shown[:201] == pytest.approx(up, abs=2e-6)
    down = -0.8 + (up[-1] + 0.8) * (1 - 0.02 / 0.8) ** n
    assert shown[200:] == pytest.approx(down, abs=5e-6)


@pytest.mark.parametrize("asymmetry", [-0.4, 0.0, 0.25])
def test_alternating_pulses_lead_to_the_symmetry_point(asymmetry):
    synapse = nc.Synapse(step=0.02, soft=[0.9, 0.6], bounds=[-1, 0.7], asymmetry=asymmetry)
    up, down = 0.02 * (1 + min(asymmetry, 0)), 0.02 * (1 - max(asymmetry, 0))
    point = (up - down) / (0.9 * up / 0.7 + 0.6 * down / 1.0)
    assert synapse.symmetry_point == pytest.approx(point)
    w = 0.6
    for _ in range(400):
        w = float(synapse.response(1, 1, 1, start=w)[-1, 0])
    assert w == pytest.approx(point, abs=0.02)


def test_the_symmetry_point_of_a_curved_model_is_found():
    synapse = nc.Synapse(preset="reram_es")
    at = synapse.symmetry_point
    quiet = nc.Synapse(
        preset="reram_es", step_spread=0, asymmetry_spread=0, bounds_spread=0, write_noise=0
    )
    up = quiet.response(1, 0, 1, start=at, noise=False)[:, 0]
    down = quiet.response(0, 1, 1, start=at, noise=False)[:, 0]
    assert up[1] - up[0] == pytest.approx(down[0] - down[1], rel=0.01)
    assert nc.Synapse(step=0.1, bounds=[-1, 1]).symmetry_point is None


@pytest.mark.parametrize("curvature", [0.5, 2.0, -1.2])
def test_saturating_curves_are_those_of_neurosim(curvature):
    """G(P) = B (1 - exp(-P / A)) + Gmin, B = range / (1 - exp(-Pmax / A)), A = Pmax / c."""
    states = 50
    synapse = nc.Synapse(model="saturating", step=2 / states, curvature=curvature, bounds=[-1, 1])
    shown = synapse.response(states, states, devices=1, start=-1.0)[:, 0]
    p, a = np.arange(states + 1), states / curvature
    curve = -1 + 2 / (1 - np.exp(-states / a)) * (1 - np.exp(-p / a))
    assert shown[: states + 1] == pytest.approx(curve, abs=2e-5)
    assert shown[states:] == pytest.approx(-curve, abs=4e-5)


def test_the_power_model_is_its_formula():
    synapse = nc.Synapse(model="power", step=0.05, exponent=[2, 0.5], bounds=[-1, 1])
    w = 0.1
    up = synapse.response(1, 0, 1, start=w)[1, 0]
    down = synapse.response(0, 1, 1, start=w)[1, 0]
    assert up - w == pytest.approx(0.05 * (0.9 / 2) ** 2, abs=1e-6)
    assert w - down == pytest.approx(0.05 * (1.1 / 2) ** 0.5, abs=1e-6)


@pytest.mark.parametrize("cycle", ["step", "weight"])
def test_cycle_noise_grows_with_the_root_of_the_pulses(cycle):
    synapse = nc.Synapse(step=0.001, cycle_noise=0.5, cycle=cycle)
    shown = synapse.response(400, 0, devices=4000)
    for n in (1, 25, 400):
        # The standard error of a standard deviation is sd / sqrt(2 n).
        assert shown[n].std() == pytest.approx(0.0005 * n**0.5, rel=4 / 8000**0.5)
        assert shown[n].mean() == pytest.approx(0.001 * n, abs=4 * 0.0005 * n**0.5 / 4000**0.5)


def test_noise_of_a_weight_does_not_shrink_with_the_step_and_that_of_a_step_does():
    fields = {"step": 0.01, "soft": 1, "bounds": [-1, 1], "cycle_noise": 0.2}
    of_step = nc.Synapse(**fields).response(1, 0, 4000, start=0.9)
    of_weight = nc.Synapse(**fields, cycle="weight").response(1, 0, 4000, start=0.9)
    assert of_step[1].std() == pytest.approx(0.1 * 0.002, rel=0.06)
    assert of_weight[1].std() == pytest.approx(0.002, rel=0.06)


def test_weights_drift_by_a_power_law_since_they_changed():
    synapse = nc.Synapse(step=0.5, bounds=[-1, 0.5], drift=0.1, t0=2.0)
    shown = synapse.response(5, 0, devices=1)[:, 0]
    assert shown[1] == pytest.approx(0.5)
    # Pulses at the bound change nothing, and so do not restart the clock.
    assert shown[2:] == pytest.approx([0.5 * max(t / 2, 1) ** -0.1 for t in range(1, 5)])


def test_weights_leak_towards_their_rest():
    synapse = nc.Synapse(step=0.1, bounds=[-1, 1], leak=5.0, rest=0.2, pulses="exact")
    shown = synapse.response(1, 0, devices=1, start=-0.5)[:, 0]
    assert shown[1] == pytest.approx(0.2 + (-0.4 - 0.2) * np.exp(-1 / 5), abs=1e-6)


def test_maps_differ_by_the_seed_of_the_chip_and_noise_by_that_of_the_run():
    synapse = nc.Synapse(preset="ecram")
    one = synapse.response(20, 5, 50, chip_seed=1, noise=False)
    assert np.array_equal(one, synapse.response(20, 5, 50, chip_seed=1, noise=False, seed=9))
    assert not np.array_equal(one, synapse.response(20, 5, 50, chip_seed=2, noise=False))
    noisy = synapse.response(20, 5, 50, chip_seed=1)
    assert not np.array_equal(noisy, one)
    assert not np.array_equal(noisy, synapse.response(20, 5, 50, chip_seed=1, seed=9))


def test_the_devices_of_a_smaller_array_are_the_first_ones():
    synapse = nc.Synapse(preset="ecram")
    many, few = synapse.response(9, 9, 40), synapse.response(9, 9, 8)
    assert np.array_equal(many[:, :8], few)


def test_stuck_devices_never_move():
    synapse = nc.Synapse(
        step=0.1, bounds=[-1, 1], stuck=0.2, stuck_range=[-0.3, 0.3], cycle_noise=1.0
    )
    shown = synapse.response(50, 50, devices=2000)
    still = (shown == shown[0]).all(axis=0)
    assert still.mean() == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / 2000) ** 0.5)
    assert np.abs(shown[0, still]).max() <= 0.3
    assert shown[0, still].std() == pytest.approx(0.6 / 12**0.5, rel=0.1)


def test_bits_references_and_noise_of_writing_and_reading_show():
    bits = nc.Synapse(step=0.01, bounds=[-1, 1], bits=3).response(100, 0, 1)[:, 0]
    assert np.unique(np.rint(bits * 3 * 1e4) / 1e4).tolist() == [0, 1, 2, 3]
    shifted = nc.Synapse(step=0.01, bounds=[-1, 1], reference=0.25).response(200, 200, 1)
    assert (shifted[0, 0], shifted.max(), shifted.min()) == pytest.approx(
        (0, 0.75, -1.25), abs=1e-5
    )
    written = nc.Synapse(step=0.01, bounds=[-1, 1], write_noise=0.1).response(1, 0, 4000)
    assert written[1].std() == pytest.approx(0.1, rel=0.05)
    fields = {"step": 0.01, "bounds": [-1, 1], "read_noise": 0.1}
    read = nc.Synapse(**fields, read="relative").response(0, 1, 4000, start=0.51)
    assert read[1].std() == pytest.approx(0.05, rel=0.05)


def test_a_pair_is_the_difference_of_two_devices_that_grow():
    synapse = nc.Synapse(step=0.1, bounds=[0, 0.5], pair=True)
    shown = synapse.response(7, 9, devices=1)[:, 0]
    assert shown[5:8] == pytest.approx([0.5] * 3)
    assert shown[8:] == pytest.approx([0.4, 0.3, 0.2, 0.1, 0, 0, 0, 0, 0], abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((-1, 1), "up must be a whole number of at least 0"),
        ((1, 2.5), "down must be a whole number of at least 0"),
        ((1, 1, 0), "devices must be a whole number of at least 1"),
        ((1, 1, 1, -1), "chip_seed must be a whole number of at least 0"),
    ],
)
def test_bad_numbers_are_refused(arguments, sentence):
    with pytest.raises(nc.OptionError, match=sentence):
        nc.Synapse(preset="ecram").response(*arguments)


def test_a_response_needs_a_step():
    with pytest.raises(nc.OptionError, match="must have a step to count pulses in"):
        nc.Synapse(bounds=[-1, 1]).response(1, 1)


ASKED = ((0.01, 0.5), (0.1, 0.5), (0.1, 0.02))
TRAINS = [(rate, signal, managed) for rate, signal in ASKED for managed in (1, 0)]


@pytest.mark.parametrize(("rate", "signal", "managed"), TRAINS)
def test_trains_move_devices_as_those_of_aihwkit_on_average(rate, signal, managed):
    """64 devices on the line of one signal: E[dw] = L step A |x| B |d|, each chance at most 1.

    That line fires by chance for all of them: the sd of this common factor is
    sqrt((1 - p) / (p L n)), p its chance, of n updates of L slots.
    """
    if not MEASURED.exists():
        pytest.skip("the measured curves are not here")
    cases = json.loads(MEASURED.read_text())["stochastic_update"]
    (measured,) = [
        one
        for one in cases
        if (one["lr"], one["d"], one["update_management"]) == (rate, signal, bool(managed))
    ]
    step, n, lines = measured["dw_min"], 4000, np.arange(1, 65) / 64
    network = nc.Network(
        populations={"a": {"size": 64}, "b": {"size": 1, "activation": "linear", "bias": False}},
        forward=[{"path": "a -> b", "init": "zeros"}],
        loss="squared_error",
    )
    synapse = {"step": step, "update_management": bool(managed)}
    network = network.with_defaults(forward={"synapse": synapse})
    run = nc.Simulation(network, rate=rate, batch_size=1, seed=3, dtype="float64")
    t, total = np.full((1, 1), signal), np.zeros(64)
    for update in range(n):
        total += run._inspector.updates(lines[None], t, update, rate)["a -> b"][:, 0]
    k = rate * signal / step
    length = min(int(np.ceil(k)), 31) if managed else 31
    to = signal * min(1.0, 31 / k) if managed else 1.0
    g = np.sqrt(rate / (step * length))
    p = min(g * (np.sqrt(1 / to) if managed else 1.0) * signal, 1.0)
    q = np.minimum(g * (np.sqrt(to) if managed else 1.0) * lines, 1.0)
    assert (length, k) == (measured["BL"], pytest.approx(measured["k"]))
    ratio = total.sum() / (n * length * step * p * q.sum())
    common = np.sqrt((1 - p) / (p * length * n))
    if managed:
        assert ratio == pytest.approx(measured["ratio_to_clipped_formula"], abs=0.005)
        asked = total.sum() / (n * rate * signal * lines.sum())
        assert asked == pytest.approx(measured["ratio_to_lr_x_d"], abs=0.005)
    else:
        assert abs(ratio - 1) <= 3 * common
        assert abs(measured["ratio_to_clipped_formula"] - 1) <= 3 * common
