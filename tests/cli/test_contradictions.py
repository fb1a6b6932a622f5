from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from tests.cli.commands import SRBP, refusal, train


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--seed", 1), "--seed must be 0 as in run.h5, got 1; leave it out"),
        (("--chip-seed", 1), "--chip-seed must be 0 as in run.h5, got 1; leave it out"),
        (("--batch-size", 10), "--batch-size must be 100 as in run.h5, got 10; leave it out"),
        (("--dtype", "float64"), "--dtype must be float32 as in run.h5, got float64; leave it out"),
        (("--rate", 0.2), "--rate must be 0.1 as in run.h5, got 0.2; leave it out"),
        (("--decay", 1e-6), "--decay must be 0.0 as in run.h5, got 1e-06; leave it out"),
        (("--data", "own.npz"), "--data must have the content that run.h5 was trained on"),
    ],
)
def test_options_that_contradict_the_checkpoint_are_refused(options, sentence):
    np.savez("own.npz", train_x=np.eye(64), train_t=np.arange(64) % 10)
    train(SRBP, "--epochs", 1, "--out", "run.h5")
    before = Path("run.h5").read_bytes()
    assert sentence in refusal("train", "--resume", "run.h5", "--epochs", 2, *options)
    assert Path("run.h5").read_bytes() == before


def test_a_goal_that_is_behind_is_refused():
    train(SRBP, "--epochs", 12, "--out", "run.h5")
    rule = "--epochs must be more than 12, the epochs that run.h5 has already, got "
    assert refusal("train", "--resume", "run.h5", "--epochs", 3) == f"{rule}3"
    assert refusal("train", "--resume", "run.h5").startswith(f"{rule}left out, which means 10")


def test_a_checkpoint_of_plain_arrays_asks_for_its_data():
    run = nc.Simulation(nc.mlp(None, None), nc.Data(np.eye(4), np.array([0, 1, 0, 1])))
    run.train(1)
    nc.save(run, "run.h5")
    for command in (("evaluate", "run.h5"), ("train", "--resume", "run.h5")):
        assert refusal(*command).startswith("--data must be given, because run.h5 was trained on")
