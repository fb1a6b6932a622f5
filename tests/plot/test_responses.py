"""Figures of how devices respond."""

import numpy as np
import pytest

import neurochannel as nc


def test_a_response_shows_the_mean_some_devices_and_the_symmetry_point():
    synapse = nc.Synapse(preset="ecram")
    figure = nc.plot.response("ecram", pulses=30, devices=40)
    (axes,) = figure.axes
    shown = synapse.response(30, 30, 40)
    *single, mean, _, symmetry = axes.lines
    assert len(single) == 5
    assert np.allclose(mean.get_ydata(), shown.mean(axis=1))
    assert np.array_equal(single[2].get_ydata(), shown[:, 2])
    assert set(symmetry.get_ydata()) == {synapse.symmetry_point}
    assert axes.get_ylabel() == "weight, ecram"
    assert axes.get_xlabel() == "pulse (30 up, then 30 down)"


def test_pulses_cross_the_range_and_what_has_no_symmetry_point_shows_none():
    figure = nc.plot.response({"step": 0.1, "bounds": [-1, 1]}, devices=3)
    assert figure.axes[0].lines[0].get_xdata()[-1] == 40
    assert not figure.axes[0].texts


def test_bad_values_are_refused():
    with pytest.raises(nc.NetworkError, match="did you mean 'ecram'"):
        nc.plot.response("ecrma")
    with pytest.raises(nc.OptionError, match="pulses must be a whole number of at least 1, got 0"):
        nc.plot.response("ecram", pulses=0)
    with pytest.raises(nc.OptionError, match="must have a step"):
        nc.plot.response({"bounds": [-1, 1]})
