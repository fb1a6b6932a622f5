import json

import neurochannel as nc
from neurochannel.storage import read_history
from tests.cli.commands import RESULT, SRBP, refusal, succeed


def observed(*arguments):
    result = json.loads(succeed("train", *arguments, "--json").stdout)
    assert set(result) == RESULT | {"observations"}
    return result["observations"]


def test_observations_are_in_the_result_and_in_the_checkpoint(here):
    printed = observed(SRBP, "--epochs", 3, "--observe", "all", "--out", "run.h5")
    kept = read_history("run.h5").observations
    assert set(printed) == set(kept)
    assert kept["alignment: hidden1"].epochs.tolist() == [0, 1, 3]
    assert printed["alignment: hidden1"]["epoch"] == 3
    assert printed["alignment: hidden1"]["value"] == kept["alignment: hidden1"].values[-1]
    said = printed["messages: error -> hidden1"]
    assert said["labels"] == list(kept["messages: error -> hidden1"].labels)
    assert abs(sum(said["value"]) - 1) < 1e-9


def test_a_resumed_run_has_observed_what_a_straight_one_has(here):
    every = ("--observe", "symmetry,distance", "--observe-every", 2)
    straight = observed(SRBP, "--epochs", 4, *every)
    observed(SRBP, "--epochs", 3, *every, "--out", "run.h5")
    assert observed("--resume", "run.h5", "--epochs", 4, *every) == straight
    assert {name.partition(":")[0] for name in straight} == {
        "symmetry",
        "distance",
        "relative distance",
    }
    assert json.loads(succeed("train", "--resume", "run.h5", "--epochs", 4, "--json").stdout)


def test_people_get_a_table(here):
    lines = succeed("train", SRBP, "--epochs", 1, "--observe", "saturation").stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("observed "))
    assert lines[at].split() == ["observed", "epoch", "value", "epoch", "value"]
    row = lines[at + 1].split()
    assert row[:3] == ["saturation:", "hidden1", "0"]
    assert row[4] == "1"
    assert len(lines) == at + 3


def test_wrong_words_are_refused(here):
    assert refusal("train", SRBP, "--observe", "angles").startswith("--observe: what is observed ")
    assert refusal("train", SRBP, "--observe", "mesages").endswith("did you mean 'messages'?")
    assert refusal("train", SRBP, "--observe-every", 2) == (
        "--observe-every must come with --observe; add --observe all"
    )


def test_ctrl_c_says_how_to_go_on_observing(here, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(nc.Simulation, "train", stop)
    options = ("--observe", "all", "--observe-every", 5, "--epochs", 7, "--out", "run.h5")
    assert refusal("train", SRBP, *options, code=130).endswith(
        "neurochannel train --resume run.h5 --epochs 7 --observe all --observe-every 5"
    )
