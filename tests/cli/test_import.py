"""`neurochannel import`: a graph of another tool as a network."""

import json
from dataclasses import fields

import pytest

import neurochannel as nc
from neurochannel.cli.import_graph import OPTIONS
from neurochannel.graphs.foreign.import_options import ImportSettings
from tests.cli.commands import refusal, run, succeed, train

TABLE = "pre,post,type\na,c,x\nb,c,x\nc,d,y\nd,c,y\nc,c,y\n"
CLEAN = ("--cycles", "drop-backward", "--loops", "drop")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "net.csv"
    path.write_text(TABLE)
    return path


def test_each_option_of_python_is_one_of_the_command():
    assert set(OPTIONS) == {field.name for field in fields(ImportSettings)} - {"report"}


@pytest.mark.parametrize("suffix", ["toml", "npz", "json", "graphml"])
def test_a_network_of_each_format_is_written_and_can_be_read(suffix, table, tmp_path):
    out = tmp_path / f"net.{suffix}"
    lines = succeed("import", table, *CLEAN, "--channel", "mirror", "-o", out).stdout.splitlines()
    assert lines[1:3] == ["ignored type of edges", "dropped 1 loop"]
    assert lines[-1] == f"network {out}"
    network = nc.read(out)
    assert network.name == "net"
    assert len(network.channel_bundles) == 1
    assert "--force" in refusal("import", table, *CLEAN, "-o", out)
    succeed("import", table, *CLEAN, "-o", out, "--force")


@pytest.mark.parametrize(
    ("name", "words"),
    [("net.xyz", "choose one of these formats"), ("net.nir", "then 'neurochannel")],
)
def test_a_file_that_cannot_be_written_is_told_before_anything_is_read(name, words, tmp_path):
    assert words in refusal("import", tmp_path / "not there.csv", "-o", tmp_path / name)


def test_edges_that_are_drawn_are_written_as_populations(table, tmp_path):
    out = tmp_path / "net.json"
    arguments = ("import", table, *CLEAN, "--channel", "srbp:fan_in=1", "-o")
    succeed(*arguments, out)
    assert {edges.fan_in for edges in nc.read(out).channel} == {1}
    assert "or write a .toml file" in refusal(*arguments, tmp_path / "net.npz")


def test_nothing_is_written_without_out_and_json_has_the_lines(table, tmp_path):
    done = json.loads(succeed("import", table, *CLEAN, "--json").stdout)
    assert done["network"] is None
    assert done["populations"] == 3
    assert done["steps"][-1] == "made 4 neurons and 3 forward edges into 3 populations"
    assert list(tmp_path.iterdir()) == [table]


def test_refusals_name_options_as_the_command_line_has_them(table):
    done = run("import", table)
    assert done.exit_code == 2
    assert "give --loops drop" in done.stderr
    assert "give --cycles drop-backward" in done.stderr
    assert "='" not in done.stderr
    assert "--scale must be a number" in refusal("import", table, "--scale", "x")
    assert "--output-activation: " in refusal("import", table, "--output-activation", "x")
    assert "--loops must be 'refuse' or 'drop'" in refusal("import", table, "--loops", "x")


def test_an_imported_network_trains(table, tmp_path):
    import numpy as np

    out, data = tmp_path / "net.toml", tmp_path / "data.npz"
    succeed("import", table, *CLEAN, "--channel", "srbp", "-o", out)
    x = np.random.default_rng(0).normal(size=(40, 2))
    t = (x[:, :1] > 0).astype(float)
    np.savez(data, train_x=x, train_t=t, test_x=x, test_t=t)
    result = train(out, "--data", data, "--epochs", "30", "--rate", "1", "--batch-size", "10")
    assert result["test_accuracy"] is None or result["test_accuracy"] > 0.7
    assert result["train_loss"] < 0.6
