"""The paper's experiments: what they compare exists, and verdicts follow from the data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neurochannel as nc
from scripts.paper import synapses
from scripts.paper.__main__ import main, study_of
from scripts.paper.claims import EXPERIMENTS, Claim, Comparison
from scripts.paper.verdicts import judge

ROOT = Path(__file__).parents[1]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_comparisons_name_settings_of_their_study(experiment):
    if experiment.name == "synapses":
        settings = {"feedback": set(synapses.CHANNELS)}
    else:
        plan = nc.points(study_of(experiment, "digits", 1))
        columns = zip(*(entry.labels for entry in plan.entries), strict=True)
        settings = dict(zip(plan.columns, map(set, columns), strict=True))
    for claim in experiment.claims:
        for comparison in claim.comparisons:
            labels = set(map(str, settings[comparison.axis]))
            assert {str(comparison.a), str(comparison.b)} <= labels
            for axis, value in comparison.where.items():
                assert value in settings[axis]
    assert experiment.against in settings


def test_every_study_of_the_folder_is_judged_or_an_example():
    names = {path.stem for path in (ROOT / "studies").glob("*.toml")}
    assert names - {"example", "mnist"} == {experiment.name for experiment in EXPERIMENTS}


def frame(**accuracies):
    rows = [
        {"learner": learner, "seed": seed, "status": "done", "test_accuracy": value}
        for learner, values in accuracies.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows).assign(train_accuracy=lambda made: made["test_accuracy"])


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
    assert judge(Claim("", (BETTER,)), measured, 0.1).verdict == better
    assert judge(Claim("", (SAME,)), measured, 0.1).verdict == same


def test_a_claim_holds_only_if_all_of_its_comparisons_do():
    measured = frame(a=[0.92, 0.93, 0.91], b=[0.80, 0.81, 0.80], c=[0.93, 0.92, 0.92])
    undecided = Comparison("learner", "a", "c", above=0.0)
    assert judge(Claim("", (BETTER, undecided)), measured, 0.1).verdict == "undecided"
    assert judge(Claim("", (BETTER, undecided, SAME)), measured, 0.1).verdict == "does not hold"


def test_a_network_that_diverged_counts_as_a_guess():
    measured = frame(a=[0.92, 0.93, np.nan], b=[0.80, 0.81, 0.80])
    status = ["diverged" if np.isnan(value) else "done" for value in measured["test_accuracy"]]
    (finding,) = judge(Claim("", (BETTER,)), measured.assign(status=status), 0.1).findings
    assert finding.paired.n == 3
    assert min(finding.paired.differences) == pytest.approx(0.1 - 0.8)


def learner(seed=0):
    data = nc.Data(RNG.random((40, 6)), RNG.integers(0, 3, 40))
    run = nc.Simulation(nc.mlp(6, 5, 4, 3), data, batch_size=8, dtype="float64", seed=seed)
    return synapses.SynapticFeedback(run, data, 0.1, seed), data


def test_changes_by_feedback_for_each_synapse_follow_their_formula():
    rule, data = learner()
    x, t = data.train.x[:7], data.train.t[:7]
    weights, biases = rule.changes(x, t)
    activity = rule.run.forward(x)
    error = np.eye(3)[t] - activity["output"]
    for low, high in (("input", "hidden1"), ("hidden1", "hidden2")):
        slope = 1 - activity[high] ** 2
        expected = np.einsum("bi,bj,bk,kij->ij", activity[low], slope, error, rule.feedback[high])
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
        rule.feedback[name][:] = C[:, None, :]
        rule.bias_feedback[name][:] = C
    x, t = data.train.x[:8], data.train.t[:8]
    weights, biases = rule.changes(x, t)
    expected = channel.updates(x, t)
    for name, change in {**weights, **biases}.items():
        np.testing.assert_allclose(change, expected[name], atol=1e-12)


def test_training_by_synapses_changes_the_run():
    rule, _ = learner()
    before = np.array(rule.run.weights["input -> hidden1"])
    rule.train(2)
    assert np.abs(rule.run.weights["input -> hidden1"] - before).max() > 1e-3


def test_an_experiment_is_run_once_judged_and_reported(tmp_path, capsys, monkeypatch):
    arguments = ["signs", "--data", "digits", "--seeds", "2", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "signs: Only the sign" in capsys.readouterr().out
    text = (tmp_path / "paper.md").read_text()
    assert "| [Only the sign, only the magnitude](#only-the-sign-only-the-magnitude) |" in text
    assert (tmp_path / "images/paper/signs.svg").exists()
    monkeypatch.setattr(nc.Simulation, "train", None)
    assert main(arguments) == 0


def test_unknown_experiments_and_data_are_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["sings"])
    assert "there is no experiment 'sings'" in capsys.readouterr().err
    assert main(["signs", "--data", "nowhere", "--out", str(tmp_path)]) == 2
    assert "data set 'nowhere' is unknown" in capsys.readouterr().err
