from pathlib import Path

import numpy as np

import neurochannel as nc
from neurochannel.storage import checkpoint
from tests.cli.commands import RESULT, SRBP, refusal, succeed, train


def test_a_resumed_run_ends_where_an_uninterrupted_one_does():
    straight = train(SRBP, "--epochs", 5, "--out", "straight.h5")
    train(SRBP, "--epochs", 2, "--out", "run.h5")
    resumed = train("--resume", "run.h5", "--epochs", 5)
    assert resumed["checkpoint"] == "run.h5"
    for key in RESULT - {"seconds_per_epoch", "checkpoint"}:
        assert resumed[key] == straight[key]
    one, other = nc.load("straight.h5"), nc.load("run.h5")
    for name, weights in one.weights.items():
        assert np.array_equal(weights, other.weights[name])


def test_resuming_into_another_file_leaves_the_first_alone():
    train(SRBP, "--epochs", 1, "--out", "one.h5")
    before = Path("one.h5").read_bytes()
    assert train("--resume", "one.h5", "--epochs", 3, "--out", "two.h5")["checkpoint"] == "two.h5"
    assert Path("one.h5").read_bytes() == before
    assert nc.load("two.h5").epoch == 3


def test_options_that_agree_with_the_checkpoint_are_welcome():
    train(SRBP, "--epochs", 1, "--seed", 3, "--decay", 1e-3, "--out", "run.h5")
    options = (
        "--seed",
        3,
        "--chip-seed",
        3,
        "--rate",
        0.1,
        "--decay",
        1e-3,
        "--data",
        "digits",
        "--threads",
        2,
    )
    assert train("--resume", "run.h5", "--epochs", 2, *options)["epochs"] == 2


def test_a_run_that_is_complete_is_shown_again():
    first = train(SRBP, "--epochs", 2, "--out", "run.h5")
    assert train("--resume", "run.h5", "--epochs", 2) == first


def test_checkpoints_are_written_while_training(here, monkeypatch):
    written = []

    def note(run, path, *, overwrite):
        written.append((run.epoch, path))

    monkeypatch.setattr(checkpoint, "save", note)
    train(SRBP, "--epochs", 5, "--out", "run.h5", "--checkpoint-every", 2)
    assert written == [(2, "run.h5"), (4, "run.h5")]
    assert nc.load("run.h5").epoch == 5


def test_a_run_with_a_rate_that_is_a_function_can_go_on_with_a_number():
    run = nc.Simulation(nc.Network.from_toml(SRBP), nc.data.load("digits"), rate=lambda update: 0.1)
    run.train(1)
    nc.save(run, "run.h5")
    assert "add --rate" in refusal("train", "--resume", "run.h5", "--epochs", 2)
    assert train("--resume", "run.h5", "--epochs", 2, "--rate", 0.1)["epochs"] == 2
    assert succeed("evaluate", "run.h5").exit_code == 0
