"""`neurochannel draw`: files in, pictures out."""

import json

import pytest

import neurochannel as nc
from neurochannel.observe.observers import Observe
from tests.cli.commands import SRBP, TOPOLOGIES, refusal, succeed


@pytest.fixture
def checkpoint(here):
    network = nc.mlp(None, 5, None, name="small").with_channel(nc.srbp(bits=3))
    run = nc.Simulation(network, nc.data.load("digits"))
    run.train(1, callbacks=[Observe(every=1)])
    nc.save(run, here / "run.h5")
    return "run.h5"


def test_draw_writes_a_figure_and_says_so(here):
    assert succeed("draw", SRBP, "-o", "net.svg").stdout == "figure net.svg\n"
    assert (here / "net.svg").read_bytes().startswith(b"<?xml")


def test_json_names_the_figure_and_its_size():
    done = succeed("draw", SRBP, "-o", "net.pdf", "--width", "7", "--json")
    result = json.loads(done.stdout)
    height = result["inches"][1]
    assert result == {
        "figure": "net.pdf",
        "what": "network",
        "network": "srbp",
        "inches": [7.0, height],
    }
    assert 0.5 < height < 7


def test_drawing_twice_gives_the_same_bytes(here):
    for name in ("a.svg", "b.svg"):
        succeed("draw", TOPOLOGIES / "mixed.toml", "-o", name)
    assert (here / "a.svg").read_bytes() == (here / "b.svg").read_bytes()


@pytest.mark.parametrize("what", ["network", "matrices", "alignment", "messages"])
def test_everything_can_be_drawn_from_a_checkpoint(here, checkpoint, what):
    done = succeed("draw", checkpoint, "-o", "figure.png", "--what", what, "--json")
    assert json.loads(done.stdout)["network"] == "small"
    assert (here / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_weights_of_a_file_need_sizes_which_a_data_set_gives(here):
    sentence = refusal("draw", SRBP, "-o", "w.svg", "--what", "matrices")
    assert sentence.startswith("--data must be given to draw matrices of ")
    succeed("draw", SRBP, "-o", "w.svg", "--what", "matrices", "--data", "digits")
    assert (here / "w.svg").exists()


@pytest.mark.parametrize("option", [("--level", "neuron"), ("--what", "matrices")])
def test_sizes_that_follow_from_windows_are_no_ones_to_give(here, option):
    tiny = nc.convnet((4, 4), nc.conv(2, 3), nc.pool(2), None).with_channel(nc.srbp())
    tiny.to_toml(here / "tiny.toml")
    sentence = refusal("draw", "tiny.toml", "-o", "t.svg", *option)
    assert sentence.startswith("--data must be given to draw ")
    tiny.sized(16, 3, (4, 4)).to_toml(here / "tiny.toml", overwrite=True)
    succeed("draw", "tiny.toml", "-o", "t.svg", *option)
    assert (here / "t.svg").exists()


def test_single_neurons_can_be_drawn(here):
    small = nc.mlp(6, 4, 3, name="six").with_channel(nc.rbp())
    small.to_toml(here / "six.toml")
    succeed("draw", "six.toml", "-o", "six.svg", "--level", "neuron")
    succeed("draw", "six.toml", "-o", "blocks.svg")
    assert (here / "six.svg").read_bytes() != (here / "blocks.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere.toml", "-o", "a.svg"), "nowhere.toml"),
        (("nowhere.h5", "-o", "a.svg"), "nowhere.h5 does not exist"),
        ((SRBP, "-o", "a.gif"), "a.gif must end in .png, .svg or .pdf, got '.gif'"),
        ((SRBP, "-o", "a.svg", "--what", "weights"), "--what must be network or matrices or"),
        ((SRBP, "-o", "a.svg", "--what", "messages"), "--what messages must have a checkpoint"),
        (
            (SRBP, "-o", "a.svg", "--level", "layer"),
            "--level must be population or neuron or",
        ),
        ((SRBP, "-o", "a.svg", "--level", "neuron"), "--data must be given to draw neuron"),
        ((SRBP, "-o", "a.svg", "--width", "0.1"), "width must lie between 1 and 40 inches"),
        (
            (SRBP, "-o", "a.svg", "--what", "matrices", "--level", "neuron"),
            "--level must be left out with --what matrices",
        ),
        ((SRBP,), "--out is missing"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(here, arguments, sentence):
    assert sentence in refusal("draw", *arguments)
    assert not (here / "a.svg").exists()


def test_a_run_without_observers_says_what_to_do(here):
    nc.save(nc.Simulation(nc.mlp(2, 2)), here / "bare.h5")
    for what in ("alignment", "messages"):
        assert refusal("draw", "bare.h5", "-o", "a.svg", "--what", what) == (
            f"{what} must have been observed to be drawn, got no such observation; train with "
            "--observe all, or with Observe() among the callbacks"
        )


def test_data_with_a_checkpoint_is_refused(checkpoint):
    sentence = refusal("draw", checkpoint, "-o", "a.svg", "--data", "digits")
    assert sentence.startswith("--data must be left out with a checkpoint")


def test_a_part_can_be_drawn_and_inspected(here):
    mixed = TOPOLOGIES / "mixed.toml"
    succeed("draw", mixed, "-o", "part.svg", "--around", "hidden1", "--depth", "1")
    succeed("draw", mixed, "-o", "whole.svg")
    assert (here / "part.svg").read_bytes() != (here / "whole.svg").read_bytes()
    small = nc.mlp(6, 5, 4, 3, 2, name="small").with_channel(nc.bp())
    small.to_toml(here / "small.toml")
    done = succeed("inspect", "small.toml", "--around", "hidden1", "--json")
    found = json.loads(done.stdout)
    names = {"input", "hidden1", "hidden2"}
    bundles = [row["bundle"] for row in found["bundles"]]
    assert bundles == ["input -> hidden1", "hidden1 -> hidden2", "hidden2 -> hidden1"]
    assert {row["bundle"] for row in found["locality"]} <= {*bundles, *names}
    assert {check["name"].partition(": ")[0] for check in found["self_test"]} <= {*bundles, *names}
    assert len(found["self_test"]) == 3
    assert "totals" not in found["ledger"]
    assert "output" not in succeed("inspect", "small.toml", "--around", "hidden1").stdout


@pytest.mark.parametrize("command", [("draw", "-o", "x.svg"), ("inspect",)])
def test_parts_that_there_are_not_are_refused(command):
    name, *options = command
    sentence = refusal(name, "mixed", *options, "--around", "hiden1")
    assert "around must be a population or a neuron of 'mixed', got 'hiden1'; did you" in sentence
    sentence = refusal(name, "mixed", *options, "--depth", "2")
    assert sentence.startswith("--depth must come with --around, got 2")
