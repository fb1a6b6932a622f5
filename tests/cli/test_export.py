"""`neurochannel export`: a network in the formats of other tools."""

import json

import networkx as nx
import numpy as np
import pytest

import neurochannel as nc
from tests.cli.commands import SRBP, refusal, succeed, train


@pytest.fixture
def net(tmp_path):
    path = tmp_path / "net.toml"
    nc.mlp(4, 5, 3).with_channel(nc.srbp(fan_in=2)).to_toml(path)
    return path


@pytest.mark.parametrize("suffix", ["graphml", "json", "gexf", "dot", "toml"])
def test_each_format_is_written_and_said(suffix, net, tmp_path):
    out = tmp_path / f"net-out.{suffix}"
    assert succeed("export", net, "-o", out).stdout == f"graph {out}\n"
    assert out.stat().st_size > 100
    assert "--force" in refusal("export", net, "-o", out)
    succeed("export", net, "-o", out, "--force")
    if suffix in ("graphml", "json", "toml"):
        assert nc.read(out) == nc.read(net)


def test_single_neurons_of_a_seed_have_its_weights(net, tmp_path):
    out = tmp_path / "neurons.graphml"
    succeed("export", net, "-o", out, "--level", "neuron", "--seed", 7)
    graph = nx.read_graphml(out)
    found = [
        edge["weight"]
        for source, target, edge in graph.edges(data=True)
        if (source, target, edge["kind"]) == ("input[1]", "hidden1[2]", "forward")
    ]
    run = nc.Simulation(nc.read(net), seed=7)
    assert found == [pytest.approx(run.weights["input -> hidden1"][1, 2], rel=1e-6)]


def test_a_checkpoint_is_written_with_what_it_learned(tmp_path):
    checkpoint, out = tmp_path / "run.h5", tmp_path / "run.nir"
    train(SRBP, "--epochs", 1, "--batch-size", 100, "--out", checkpoint)
    done = json.loads(succeed("export", checkpoint, "-o", out, "--json").stdout)
    assert done["file"] == str(out)
    assert any("lost the learning channel" in line for line in done["lost"])
    run = nc.load(checkpoint, without_data=True)
    again = nc.Simulation(nc.read(out))
    first = run.network.forward_bundles[0].name
    np.testing.assert_allclose(next(iter(again.weights.values())), run.weights[first], rtol=1e-6)
    assert "--seed must be left out" in refusal(
        "export", checkpoint, "-o", out, "--seed", 1, "--force"
    )


def test_what_is_missing_is_asked_for(net, tmp_path):
    assert "--seed must be given to draw the weights" in refusal("export", net, "-o", "x.nir")
    told = refusal("export", SRBP, "-o", tmp_path / "x.nir", "--seed", 1)
    assert "--data must be given with --seed" in told
    assert "must end with" in refusal("export", net, "-o", tmp_path / "x.xml")
    assert "--level" in refusal("export", net, "-o", tmp_path / "x.json", "--level", "cell")


def test_data_give_sizes_from_which_those_of_windows_follow(tmp_path):
    path, out = tmp_path / "net.toml", tmp_path / "net.json"
    nc.convnet(None, nc.conv(2, 3), nc.pool(2), None).with_channel(nc.srbp()).to_toml(path)
    asked = ("export", path, "-o", out, "--level", "neuron", "--seed", 0)
    assert "--data must be given with --seed" in refusal(*asked)
    succeed(*asked, "--data", "digits")
    assert nc.read(out).image("pool1") == (4, 4, 2)


def test_shared_weights_are_said_to_be_copies(tmp_path):
    network = nc.Network(
        populations={"input": {"size": 3}, "a": {"size": 3}, "output": {"size": 3}},
        forward=[{"path": "input -> a -> output", "share": "w"}],
    )
    path, out = tmp_path / "net.toml", tmp_path / "net.nir"
    network.to_toml(path)
    said = succeed("export", path, "-o", out, "--seed", 0).stdout
    assert "lost that weights are shared: 2 layers hold copies of 1 matrix" in said
