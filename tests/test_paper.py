"""The paper's experiments: what they compare exists, and verdicts follow from the data."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurochannel as nc
from neurochannel.study.folder import read_rows
from scripts.paper import synapses
from scripts.paper.__main__ import main
from scripts.paper.catalogue import EXPERIMENTS
from scripts.paper.check import CHECKS, compare, part_of, plain_of, simulation_of
from scripts.paper.check import main as main_of_checks
from scripts.paper.comparisons import CHANCE, Comparison, Statement
from scripts.paper.experiments import MOST_CURVES, Curves
from scripts.paper.figures import draw_errors, errors_of
from scripts.paper.running import Size, is_finished, train
from scripts.paper.verdicts import approach, judge_statement

ROOT = Path(__file__).parents[1]
RNG = np.random.default_rng(0)
NAMED = {experiment.name: experiment for experiment in EXPERIMENTS}


def settings_of(experiment):
    """Return the values of each column of an experiment's study."""
    plan = nc.points(Size("digits", 1).study(experiment))
    columns = zip(*(entry.labels for entry in plan.entries), strict=True)
    settings = dict(zip(plan.columns, map(set, columns), strict=True))
    if experiment.name == "synapses":
        settings["feedback"].add(synapses.SYNAPSE)
    return {name: set(map(str, values)) for name, values in settings.items()}


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_comparisons_and_figures_name_settings_of_their_study(experiment):
    settings = settings_of(experiment)
    for statement in experiment.statements:
        for comparison in statement.comparisons:
            assert str(comparison.a) in settings[comparison.axis]
            if comparison.b not in (None, CHANCE):
                assert str(comparison.b) in settings[comparison.axis]
            bounds = (comparison.above, comparison.below, comparison.within)
            assert sum(bound is not None for bound in bounds) == 1
            for axis, value in comparison.where.items():
                assert str(value) in settings[axis]
        for chosen in statement.approach:
            assert all(str(value) in settings[axis] for axis, value in chosen.items())
    for figure in experiment.figures:
        if isinstance(figure, Curves):
            assert set(map(str, figure.values)) <= settings[figure.by]
            assert len(figure.values) <= MOST_CURVES
            assert all(str(value) in settings[axis] for axis, value in figure.where.items())
        else:
            assert {figure.against, figure.by} <= set(settings)
    names = [figure.name for figure in experiment.figures]
    assert len(names) == len(set(names)) > 0


def test_every_study_of_the_folder_is_judged_or_an_example():
    names = {path.stem for path in (ROOT / "studies").glob("*.toml")}
    assert names - {"example", "mnist"} == set(NAMED)


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"synapses", "update_bits"}))
def test_studies_have_the_settings_of_the_paper(name):
    study = Size().study(NAMED[name])
    train = study.train
    assert (train.epochs, train.batch_size, train.rate, train.decay) == (100, 100, 0.1, 1e-6)
    assert study.data == "mnist"
    assert study.n_seeds >= 3


def test_quick_studies_are_scored_within_their_epochs():
    study = Size(seeds=2, epochs=10).study(NAMED["learners"])
    assert study.train.evaluate_every == tuple(range(1, 10))
    assert (study.train.epochs, study.n_seeds) == (10, 2)


def frame(column="learner", **accuracies):
    rows = [
        {column: learner, "seed": seed, "status": "done", "test_accuracy": value}
        for learner, values in accuracies.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows).assign(train_accuracy=lambda made: made["test_accuracy"])


def verdict(measured, *comparisons, **options):
    return judge_statement(Statement("", comparisons, **options), measured, 0.1).verdict


BETTER = Comparison("learner", "a", "b", above=0.0)
SAME = Comparison("learner", "a", "b", within=0.01)


@pytest.mark.parametrize(
    ("a", "b", "better", "same"),
    [
        ([0.92, 0.93, 0.91], [0.80, 0.81, 0.80], "holds", "does not hold"),
        ([0.80, 0.81, 0.80], [0.92, 0.93, 0.91], "does not hold", "does not hold"),
        ([0.900, 0.901, 0.900], [0.901, 0.900, 0.900], "undecided", "holds"),
        ([0.70, 0.95, 0.80], [0.80, 0.81, 0.80], "undecided", "undecided"),
    ],
)
def test_verdicts_follow_from_the_data(a, b, better, same):
    measured = frame(a=a, b=b)
    assert verdict(measured, BETTER) == better
    assert verdict(measured, SAME) == same


@pytest.mark.parametrize(
    ("a", "at_chance", "perfect"),
    [
        ([0.10, 0.11, 0.10], "holds", "does not hold"),
        ([1.0, 1.0, 1.0], "does not hold", "holds"),
        ([0.9995, 0.9998, 0.9996], "does not hold", "holds"),
        ([0.10, 0.20, 0.10], "undecided", "does not hold"),
    ],
)
def test_single_settings_are_held_against_chance_and_numbers(a, at_chance, perfect):
    measured = frame(a=a)
    assert verdict(measured, Comparison("learner", "a", CHANCE, below=0.02)) == at_chance
    zero_error = Comparison("learner", "a", above=0.999, outcome="train_accuracy")
    assert verdict(measured, zero_error) == perfect


def test_a_statement_holds_only_if_all_of_its_comparisons_do():
    measured = frame(a=[0.92, 0.93, 0.91], b=[0.80, 0.81, 0.80], c=[0.93, 0.92, 0.92])
    undecided = Comparison("learner", "a", "c", above=0.0)
    assert verdict(measured, BETTER, undecided) == "undecided"
    assert verdict(measured, BETTER, undecided, SAME) == "does not hold"


def test_often_means_more_than_half():
    measured = frame(a=[0.92, 0.93, 0.91], b=[0.80, 0.81, 0.80], c=[0.93, 0.92, 0.92])
    worse, undecided = (
        Comparison("learner", "b", "a", above=0.0),
        Comparison("learner", "a", "c", above=0.0),
    )
    assert verdict(measured, BETTER, BETTER, worse, needed="most") == "holds"
    assert verdict(measured, BETTER, undecided, worse, needed="most") == "undecided"
    assert verdict(measured, BETTER, worse, worse, needed="most") == "does not hold"


def test_a_network_that_diverged_counts_as_a_guess():
    measured = frame(a=[0.92, 0.93, np.nan], b=[0.80, 0.81, 0.80])
    status = ["diverged" if np.isnan(value) else "done" for value in measured["test_accuracy"]]
    judged = judge_statement(Statement("", (BETTER,)), measured.assign(status=status), 0.1)
    (finding,) = judged.findings
    assert len(finding.values) == 3
    assert min(finding.values) == pytest.approx(0.1 - 0.8)


def curves(**errors):
    rows = [
        {
            "learner": "a",
            "seed": seed,
            "status": "done",
            "epoch": epoch,
            "train_accuracy": 1 - error,
        }
        for seed, values in enumerate(errors.values())
        for epoch, error in enumerate(values, 1)
    ]
    return pd.DataFrame(rows).assign(test_accuracy=lambda made: made["train_accuracy"] - 0.01)


def test_the_way_to_no_error_is_told_by_means_over_seeds():
    told = approach(curves(one=[0.3, 0.02, 0.0], two=[0.1, 0.016, 0.0]), {"learner": "a"})
    assert told == (
        "a: training error 20.00 % after epoch 1, 0.000 % at the end, after epoch 3, "
        "first below 1 % at epoch 3, first below 0.1 % at epoch 3."
    )


def test_curves_are_drawn_where_every_seed_was_scored():
    measured = curves(one=[0.3, np.nan, 0.02], two=[0.1, np.nan, 0.0])
    epochs, errors = errors_of(measured, "train_accuracy")
    np.testing.assert_array_equal(epochs, [1, 3])
    np.testing.assert_allclose(errors, [[30, 2], [10, 0]], atol=1e-12)
    figure = draw_errors(Curves("learner", ("a",)), measured)
    drawn = figure.axes[0].lines[0]
    np.testing.assert_allclose(drawn.get_ydata(), [20, 1], atol=1e-12)


def learner(seed=0):
    data = nc.Data(RNG.random((40, 6)), RNG.integers(0, 3, 40))
    run = nc.Simulation(nc.mlp(6, 5, 4, 3), data, batch_size=8, dtype="float64", seed=seed)
    return synapses.SynapticFeedback(run, data, nc.Decay(0.1, 1e-6), seed), data


def test_changes_by_feedback_for_each_synapse_follow_their_formula():
    rule, data = learner()
    x, t = data.train.x[:7], data.train.t[:7]
    weights, biases = rule.changes(x, t)
    activity = rule.run.forward(x)
    error = np.eye(3)[t] - activity["output"]
    for low, high in (("input", "hidden1"), ("hidden1", "hidden2")):
        slope = 1 - activity[high] ** 2
        expected = np.einsum("bi,bj,bk,ikj->ij", activity[low], slope, error, rule.feedback[high])
        np.testing.assert_allclose(weights[f"{low} -> {high}"], expected / 7)
        expected = np.einsum("bj,bk,kj->j", slope, error, rule.bias_feedback[high])
        np.testing.assert_allclose(biases[high], expected / 7)


def test_the_same_feedback_for_all_synapses_of_a_neuron_is_the_skipped_channel():
    rule, data = learner()
    channel = nc.Simulation(
        rule.run.network.with_channel(nc.srbp()), data, rate=1.0, batch_size=8, dtype="float64"
    )
    for name in ("hidden1", "hidden2"):
        C = channel.channel_weights[f"error -> {name}"]
        rule.feedback[name][:] = C
        rule.bias_feedback[name][:] = C
    x, t = data.train.x[:8], data.train.t[:8]
    weights, biases = rule.changes(x, t)
    expected = channel.updates(x, t)
    for name, change in {**weights, **biases}.items():
        np.testing.assert_allclose(change, expected[name], atol=1e-12)


def test_training_by_synapses_changes_the_run():
    rule, _ = learner()
    before = np.array(rule.run.weights["input -> hidden1"])
    for epoch in range(2):
        rule.train(epoch)
    assert np.abs(rule.run.weights["input -> hidden1"] - before).max() > 1e-3


def test_the_readme_counts_what_the_page_does():
    page = (ROOT / "docs/paper.md").read_text(encoding="utf-8")
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    counts = re.search(
        r"Statements: (\d+); holds: (\d+), does not hold: (\d+), undecided: (\d+)", page
    )
    networks = re.search(r"This page holds \d+ studies: (\d+) networks", page)
    n, holds, against, undecided = counts.groups()
    assert f"trains {networks[1]} networks at the paper's settings" in readme
    said = f"Of {n} statements {holds} hold with our margins, {against} do not and {undecided} are"
    assert said in readme


SMALL = ["--data", "digits", "--seeds", "2", "--epochs", "2"]


def test_an_experiment_is_run_once_judged_and_reported(tmp_path, capsys, monkeypatch):
    arguments = ["nonlinear", "synapses", *SMALL, "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "nonlinear: 8: Non-linear units" in capsys.readouterr().out
    text = (tmp_path / "paper.md").read_text(encoding="utf-8")
    assert "| [8: Non-linear units in the channel](#8-non-linear-units-in-the-channel) |" in text
    assert "This page holds 2 studies: 12 networks on digits, 0 of which diverged" in text
    assert (tmp_path / "images/paper/nonlinear_curves.svg").exists()
    monkeypatch.setattr(nc.Simulation, "train", None)
    monkeypatch.setattr(synapses.SynapticFeedback, "train", None)
    assert main(arguments) == 0
    assert main(["learners", *arguments, "--finished"]) == 0
    assert "learners: not finished" in capsys.readouterr().out


def test_a_page_of_one_seed_on_other_data_says_so_and_has_no_nan(tmp_path, capsys):
    small = ["--data", "digits", "--seeds", "1", "--epochs", "1"]
    assert main(["nonlinear", *small, "--out", str(tmp_path)]) == 0
    text = (tmp_path / "paper.md").read_text(encoding="utf-8")
    assert "tested on digits, not on MNIST" in " ".join(text.split())
    assert "784-100" not in text
    assert "n = 1, too few for an interval" in text
    assert not re.search(r"\bnan\b", text)


def test_what_studies_have_in_common_is_trained_once(tmp_path):
    size = Size("digits", 1, 1)
    for name in ("learners", "redrawn"):
        train(NAMED[name], size.study(NAMED[name]), tmp_path / name, 1)
    own = {row["axes"]["channel"]: row for row in read_rows(tmp_path / "redrawn")}
    shared = {row["axes"]["learner"]: row for row in read_rows(tmp_path / "learners")}
    for channel, rule in {"fixed": "RBP", "tied": "BP", "top only": "top only"}.items():
        assert {**own[channel], "axes": {}} == {**shared[rule], "axes": {}}
    study = size.study(NAMED["learners"]).model_copy(update={"axes": {}, "labels": {}})
    study = study.model_copy(update={"topology": str(ROOT / "studies/networks/rbp.toml")})
    assert is_finished(NAMED["nonlinear"], study, tmp_path / "nonlinear")


def test_damaged_points_of_other_studies_are_not_taken(tmp_path):
    size = Size("digits", 1, 1)
    train(NAMED["learners"], size.study(NAMED["learners"]), tmp_path / "learners", 1)
    for path in (tmp_path / "learners" / "points").rglob("*.json"):
        path.write_text(json.dumps({"point": path.stem}))
    assert not is_finished(NAMED["redrawn"], size.study(NAMED["redrawn"]), tmp_path / "redrawn")
    assert not list((tmp_path / "redrawn").rglob("points/*/*.json"))


def test_unknown_experiments_and_data_are_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["sings"])
    assert "there is no study 'sings'" in capsys.readouterr().err
    assert main(["signs", "--data", "nowhere", "--out", str(tmp_path)]) == 2
    assert "data set 'nowhere' is unknown" in capsys.readouterr().err


REPEATED = [check for check in CHECKS if not check.rule.redrawn]


@pytest.mark.parametrize("check", REPEATED, ids=lambda check: check.name)
def test_the_simulator_learns_what_plain_numpy_learns(check):
    data = part_of(nc.data.load("digits"), 150)
    found = compare(check, data, 1, dtype="float64", batch_size=50)
    for simulated, plain in zip(*found.weights, strict=True):
        np.testing.assert_allclose(simulated, plain, rtol=0, atol=1e-12)
    for simulated_share, plain_share in found.accuracies.values():
        assert simulated_share == plain_share


@pytest.mark.parametrize("check", [c for c in CHECKS if c.rule.redrawn], ids=lambda c: c.name)
def test_redrawn_channels_of_plain_numpy_differ_at_each_batch(check):
    data = part_of(nc.data.load("digits"), 100)
    run, _ = simulation_of(check, data, 0, "float64", 50)
    own = plain_of(run, check.rule, 0)
    first = own.channel_of(1)
    own.step(data.train.x[:9] * data.scale, data.train.t[:9], 0.0)
    second = own.channel_of(1)
    assert np.abs(first - second).max() > 0.01
    agree = (np.sign(first) == np.sign(own.weights[2].T)).mean()
    assert agree == 1 if check.rule.redrawn == "forward" else 0.4 < agree < 0.6
    assert first.std() == pytest.approx(0.1, rel=0.1) or check.rule.redrawn == "forward"


def test_checks_are_told_side_by_side(capsys):
    assert main_of_checks(["learners", "--data", "digits", "--epochs", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert all("(simulator)" in line and "(NumPy)" in line for line in lines)
