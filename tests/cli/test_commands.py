import json
import re
from pathlib import Path

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.kernels import cache
from tests.cli.commands import SRBP, TOPOLOGIES, succeed, train


def test_the_version_is_that_of_the_package():
    assert succeed("--version").stdout == f"neurochannel {nc.__version__}\n"


@pytest.mark.parametrize("command", [(), ("--help",), ("-h",), ("data",), ("train", "--help")])
def test_help_is_there_for_those_who_ask(command):
    assert succeed(*command).stdout.startswith("Usage: neurochannel")


def test_training_prints_what_it_reached():
    done = succeed("train", SRBP, "--epochs", 3, "--batch-size", 10)
    row = r"^(train|test) +\d+\.\d{4} +(\d+\.\d\d)%$"
    found = dict(re.findall(row, done.stdout, re.M))
    assert float(found["train"]) > 80
    assert float(found["test"]) > 80
    assert re.search(r"^3 epochs, \S+ s each$", done.stdout, re.M)


def test_json_is_one_object_and_nothing_else():
    result = train(SRBP, "--epochs", 2)
    assert result["epochs"] == 2
    assert result["checkpoint"] is None
    assert 0 < result["test_accuracy"] < 1
    assert result["seconds_per_epoch"] > 0


def test_the_command_line_and_python_give_the_same_numbers():
    options = {"rate": nc.Decay(0.2, 1e-3), "batch_size": 7, "seed": 5, "dtype": "float64"}
    twin = nc.Simulation(nc.Network.from_toml(SRBP), nc.data.load("digits"), **options)
    twin.train(2)
    result = train(
        *(SRBP, "--epochs", 2, "--rate", 0.2, "--decay", 1e-3, "--batch-size", 7),
        *("--seed", 5, "--dtype", "float64", "--out", "run.h5"),
    )
    assert result["test_loss"] == twin.history["test_loss"][-1]
    assert result["train_accuracy"] == twin.history["train_accuracy"][-1]
    assert nc.load("run.h5").rate == options["rate"]


def test_what_was_not_measured_is_null(here):
    x = np.eye(4, dtype=np.float32)
    np.savez(here / "own.npz", train_x=x, train_t=np.array([0, 1, 0, 1]))
    (here / "net.toml").write_text(nc.mlp(None, None).to_toml())
    result = train("net.toml", "--data", "own.npz", "--epochs", 1)
    assert result["test_accuracy"] is None
    assert result["train_accuracy"] is not None


def test_quiet_prints_nothing():
    done = succeed("train", SRBP, "--epochs", 1, "--quiet", "--out", "run.h5")
    assert done.output == ""
    assert Path("run.h5").exists()


def test_the_first_compilation_says_what_it_is_doing(monkeypatch):
    monkeypatch.setattr(cache, "when_compiling", lambda tell: tell())
    sentence = "compiling kernels for this machine, once; it takes some seconds\n"
    done = succeed("train", SRBP, "--epochs", 1, "--json", "--out", "run.h5")
    assert (done.stderr, json.loads(done.stdout)["epochs"]) == (sentence, 1)
    assert succeed("evaluate", "run.h5").stderr == sentence
    assert succeed("train", SRBP, "--epochs", 1, "--quiet").stderr == ""


def test_every_file_of_the_gallery_can_be_trained():
    for path in sorted(TOPOLOGIES.glob("*.toml")):
        assert train(path, "--epochs", 1)["epochs"] == 1


def test_a_figure_is_drawn_on_request():
    succeed("train", SRBP, "--epochs", 2, "--plot", "curves.svg")
    assert Path("curves.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_several_runs_are_drawn_together():
    for name in ("bp", "srbp"):
        succeed("train", TOPOLOGIES / f"{name}.toml", "--epochs", 2, "--out", f"{name}.h5")
    command = ("plot", "bp.h5", "srbp.h5", "-o", "both.png", "--quantity", "test_error")
    done = succeed(*command, "--json")
    assert json.loads(done.stdout) == {"figure": "both.png", "runs": ["bp.h5", "srbp.h5"]}
    assert Path("both.png").read_bytes().startswith(b"\x89PNG")


def test_evaluate_finds_the_scores_that_training_reached():
    trained = train(SRBP, "--epochs", 2, "--out", "run.h5")
    found = json.loads(succeed("evaluate", "run.h5", "--json").stdout)
    scores = {"test_accuracy", "train_accuracy", "test_loss", "train_loss"}
    assert {key: found[key] for key in scores} == {key: trained[key] for key in scores}
    assert (found["network"], found["data"], found["epochs"]) == ("srbp", "digits", 2)
    assert "srbp after 2 epochs, on digits" in succeed("evaluate", "run.h5").stdout


def test_evaluate_scores_other_data_as_well(here):
    digits = nc.data.load("digits")
    few = {"train_x": digits.train.x[:50], "train_t": digits.train.t[:50]}
    np.savez(here / "few.npz", **few, scale=digits.scale)
    succeed("train", SRBP, "--epochs", 2, "--out", "run.h5")
    found = json.loads(succeed("evaluate", "run.h5", "--data", "few.npz", "--json").stdout)
    expected = nc.load("run.h5").evaluate(nc.data.Split(digits.train.x[:50], digits.train.t[:50]))
    assert (found["train_loss"], found["train_accuracy"]) == expected
    assert found["test_loss"] is None


def test_the_data_sets_are_listed():
    names = ["digits", "mnist", "fashion-mnist", "kmnist", "cifar10"]
    lines = succeed("data", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *names]
    assert lines[2].endswith("not here: neurochannel data fetch mnist")
    assert not any(line != line.rstrip() for line in lines)
    listed = json.loads(succeed("data", "list", "--json").stdout)
    assert [entry["name"] for entry in listed] == names
    assert listed[0]["n"] == 1797
    assert listed[1]["found"] is None


def test_the_digits_need_no_fetching():
    assert json.loads(succeed("data", "fetch", "digits", "--json").stdout)["name"] == "digits"
    assert succeed("data", "fetch", "digits").stdout.startswith("digits lies in ")
