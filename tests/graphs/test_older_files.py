"""Quantizers in graph files of older versions."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import neurochannel as nc
from neurochannel.errors import NetworkError
from neurochannel.graphs.attributes import QUANTIZERS

LIMITED = nc.mlp(3, 4, 2).with_channel(nc.srbp(bits=4))
ENDINGS = ("json", "graphml")


def written(tmp_path, ending, *changes):
    """Write a graph file, and replace some of its text."""
    path = tmp_path / f"limited.{ending}"
    nc.write(LIMITED, path)
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def of_format(ending, version):
    """How the format stands in a file, and how another one would."""
    if ending == "json":
        return '"format": 3', f'"format": {version}'
    return ">3</data>", f">{version}</data>"


@pytest.mark.parametrize("ending", ENDINGS)
def test_files_of_today_say_their_format_and_are_read_without_a_word(tmp_path, caplog, ending):
    assert nc.read(written(tmp_path, ending)) == LIMITED
    assert not caplog.records


@pytest.mark.parametrize("ending", ENDINGS)
def test_bits_of_older_formats_are_octaves(tmp_path, caplog, ending):
    network = nc.read(written(tmp_path, ending, of_format(ending, 2)))
    assert network.channel[0].message.quantizer == "octaves"
    assert not caplog.records


def edge_lists(tmp_path, version, **changed):
    """The file of a network whose two bundles differ in their bits, with another format."""
    path = tmp_path / "limited.npz"
    nc.write(TWO_LIMITS, path, overwrite=True)
    arrays = dict(np.load(path)) | changed
    assert arrays.pop("format") == 3
    if version is not None:
        arrays["format"] = np.array(version)
    np.savez(path, **arrays)
    return path


TWO_LIMITS = nc.mlp(3, 4, 4, 2).with_channel(
    nc.srbp(to="hidden1", bits=4, receive={"bits": 5}),
    nc.srbp(to="hidden2", bits=3, quantizer="uniform"),
)


def test_edge_lists_of_today_say_their_format_too(tmp_path, caplog):
    assert nc.read(edge_lists(tmp_path, 3)) == TWO_LIMITS
    assert not caplog.records


def test_bits_of_older_edge_lists_are_octaves(tmp_path, caplog):
    network = nc.read(edge_lists(tmp_path, 2))
    assert [edges.message.quantizer for edges in network.channel] == ["octaves", "uniform"]
    assert network.populations["hidden1"].receive.quantizer == "octaves"
    assert network.populations["hidden2"].receive is None
    words = np.array(["log"] * 8 + ["uniform"] * 8)
    older = nc.read(edge_lists(tmp_path, 1, **{"channel.quantizer": words}))
    assert older.channel == network.channel
    assert not caplog.records


def test_edge_lists_without_a_format_say_that_their_bits_changed(tmp_path, caplog):
    path = edge_lists(tmp_path, None)
    with caplog.at_level(logging.WARNING, "neurochannel"):
        assert nc.read(path) == TWO_LIMITS
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{path}: neurons.receive_bits and 1 more names no quan")


@pytest.mark.parametrize("version", [9, 0, 2.5, "three", [3, 3]])
def test_edge_lists_of_no_known_format_are_refused(tmp_path, version):
    with pytest.raises(NetworkError, match="format must be "):
        nc.read(edge_lists(tmp_path, version))


@pytest.mark.parametrize("quantizer", [["powers"] * 3, [1.0] * 16])
def test_broken_columns_of_quantizers_are_refused_as_such(tmp_path, quantizer):
    path = edge_lists(tmp_path, 2, **{"channel.quantizer": np.array(quantizer)})
    with pytest.raises(NetworkError, match="quantizer"):
        nc.read(path)


def test_a_file_without_a_format_says_in_one_line_that_its_bits_changed(tmp_path, caplog):
    path = written(tmp_path, "json", ('"format": 3', '"loss": null'))
    with caplog.at_level(logging.WARNING, "neurochannel"):
        assert nc.read(path) == LIMITED
    (record,) = caplog.records
    assert record.getMessage().startswith(f"{path}: bits of edge 'error' -> 'hidden1' names no ")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_format_of_the_future_is_refused(tmp_path, ending):
    with pytest.raises(NetworkError, match="format must be at most 3 for this neurochannel, got 9"):
        nc.read(written(tmp_path, ending, of_format(ending, 9)))


def test_each_number_of_bits_has_its_quantizer():
    assert QUANTIZERS == {
        "bits": "quantizer",
        "update_bits": "update_quantizer",
        "receive_bits": "receive_quantizer",
        "bias_update_bits": "bias_update_quantizer",
    }
