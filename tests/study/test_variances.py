"""The variance of outcomes between chips and seeds against loops, algebra and known variances."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import neurochannel as nc
from neurochannel.cli import main
from neurochannel.errors import OptionError
from neurochannel.study.variances import can_split, variance_split, variances
from tests.study.studies import small

RNG = np.random.default_rng(5)


def slow_variances(table):
    """The analysis of variance, sum by sum."""
    n_chips, n_seeds = len(table), len(table[0])
    of_chip = [sum(row) / n_seeds for row in table]
    of_seed = [sum(row[s] for row in table) / n_chips for s in range(n_seeds)]
    mean = sum(of_chip) / n_chips
    between_chips = sum((value - mean) ** 2 for value in of_chip) * n_seeds / (n_chips - 1)
    between_seeds = sum((value - mean) ** 2 for value in of_seed) * n_chips / (n_seeds - 1)
    total = sum((value - mean) ** 2 for row in table for value in row)
    left = total - between_chips * (n_chips - 1) - between_seeds * (n_seeds - 1)
    rest = left / ((n_chips - 1) * (n_seeds - 1))
    return (between_chips - rest) / n_seeds, (between_seeds - rest) / n_chips, rest


def frame_of(table, **more):
    return pd.DataFrame(
        [
            {"chip_seed": 10 + c, "seed": s, "status": "done", "test_accuracy": value, **more}
            for c, row in enumerate(table)
            for s, value in enumerate(row)
        ]
    )


def drawn(n_chips, n_seeds, chips, seeds, rest, rng=RNG):
    """A table of outcomes with these standard deviations."""
    return (
        0.9
        + chips * rng.normal(size=(n_chips, 1))
        + seeds * rng.normal(size=(1, n_seeds))
        + rest * rng.normal(size=(n_chips, n_seeds))
    )


@pytest.mark.parametrize("shape", [(2, 2), (2, 5), (5, 2), (4, 7)])
def test_the_components_are_those_of_sums_in_loops(shape):
    for _ in range(20):
        table = drawn(*shape, *RNG.uniform(0, 0.1, 3))
        assert np.allclose(variances(table), slow_variances(table.tolist()), rtol=1e-9, atol=1e-15)


def test_without_interaction_the_components_are_the_variances_of_the_effects():
    chips, seeds = RNG.normal(size=6), RNG.normal(size=4)
    found = variances(chips[:, None] + seeds)
    expected = chips.var(ddof=1), seeds.var(ddof=1), 0.0
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("known", [(0.03, 0.02, 0.01), (0.0, 0.02, 0.03), (0.03, 0.0, 0.01)])
def test_known_variances_are_found_on_average(known):
    rng = np.random.default_rng(11)
    found = np.array([variances(drawn(5, 4, *known, rng)) for _ in range(4000)])
    error = found.std(axis=0, ddof=1) / math.sqrt(len(found))
    assert np.all(np.abs(found.mean(axis=0) - np.square(known)) < 4 * error)


def test_a_frame_is_split_by_setting():
    one, other = drawn(3, 4, 0.05, 0.0, 0.01), drawn(3, 4, 0.0, 0.05, 0.01)
    frame = pd.concat([frame_of(one, device="a"), frame_of(other, device="b")])
    split = variance_split(frame.sample(frac=1, random_state=0), "test_accuracy", "device")
    assert split["n_chips"].tolist() == [3, 3]
    assert split["n_seeds"].tolist() == [4, 4]
    for name, table in (("a", one), ("b", other)):
        row = split[split["device"] == name].to_dict("records")[0]
        expected = np.maximum(variances(table), 0.0)
        parts = [row[f"part_{part}"] for part in ("chips", "seeds", "rest")]
        deviations = [row[f"std_{part}"] for part in ("chips", "seeds", "rest")]
        assert np.allclose(np.square(deviations), expected, rtol=1e-9, atol=1e-15)
        assert np.allclose(parts, expected / expected.sum(), rtol=1e-9)
        assert row["mean"] == pytest.approx(table.mean())


def test_seeds_that_lack_a_chip_are_left_out():
    table = drawn(3, 4, 0.05, 0.03, 0.01)
    frame = frame_of(table)
    frame.loc[(frame["chip_seed"] == 11) & (frame["seed"] == 2), "status"] = "diverged"
    row = variance_split(frame).to_dict("records")[0]
    assert (row["n_chips"], row["n_seeds"]) == (3, 3)
    expected = variances(np.delete(table, 2, axis=1))
    assert row["std_rest"] == pytest.approx(math.sqrt(expected.rest))


def test_what_cannot_be_split_is_a_gap():
    alone = variance_split(frame_of([[0.9, 0.8]])).to_dict("records")[0]
    assert (alone["n_chips"], alone["n_seeds"]) == (1, 2)
    assert math.isnan(alone["std_chips"])
    equal = variance_split(frame_of([[0.9, 0.9], [0.9, 0.9]])).to_dict("records")[0]
    assert (equal["std_chips"], equal["std_seeds"], equal["std_rest"]) == (0, 0, 0)
    assert math.isnan(equal["part_chips"])


def test_mistakes_are_one_sentence():
    frame = frame_of([[0.9, 0.8], [0.7, 0.6]])
    with pytest.raises(OptionError, match=r"^by must tell all points of the same chip_seed and"):
        variance_split(pd.concat([frame, frame]))
    with pytest.raises(OptionError, match=r"^column must be one of the frame, got 'chip'"):
        variance_split(frame, chips="chip")
    with pytest.raises(OptionError, match=r"^column 'status' must hold numbers"):
        variance_split(frame, "status")


def test_frames_tell_whether_they_can_be_split():
    frame = frame_of([[0.9, 0.8], [0.7, 0.6]])
    assert can_split(frame)
    assert not can_split(frame[frame["seed"] == 0])
    assert not can_split(frame.drop(columns="chip_seed"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study of two chips and three seeds, with devices that make chips differ."""
    synapse = {"bounds": [-0.3, 0.3], "bounds_spread": 0.6}
    network = nc.mlp(None, 6, None).with_channel(nc.srbp()).with_defaults(forward={})
    study = small(
        network=network,
        seeds=3,
        axes={"defaults.forward.synapse": ["none", synapse], "chip_seed": [0, 1]},
        labels={"defaults.forward.synapse": "device"},
    )
    place = tmp_path_factory.mktemp("study") / "chips"
    nc.run_study(study, place, progress=False)
    return place


def test_chips_differ_by_their_devices_only(folder):
    split = variance_split(nc.outcomes(folder), by="device").to_dict("records")
    assert split[0]["std_chips"] == split[0]["std_rest"] == 0
    assert split[0]["part_seeds"] == 1
    assert split[1]["std_rest"] > 0


def test_results_and_pages_tell_where_the_variance_is_from(folder, tmp_path):
    done = CliRunner().invoke(main, ["results", str(folder)])
    assert done.exit_code == 0, done.output
    assert "Variance between chips and seeds" in done.output
    found = json.loads(CliRunner().invoke(main, ["results", str(folder), "--json"]).stdout)
    rows = variance_split(nc.outcomes(folder), by="device").to_dict("records")
    assert json.loads(json.dumps(rows)) == found["variances"]
    assert f"{100 * rows[0]['std_seeds']:.2f} (100 %)" in done.output
    page = nc.report(str(folder), tmp_path / "page.html")
    assert "Variance between chips and seeds" in page.read_text(encoding="utf-8")


def test_results_of_one_chip_do_not_speak_of_variance(folder):
    words = ["results", str(folder), "--where", "chip_seed=0"]
    assert "Variance" not in CliRunner().invoke(main, words).output
