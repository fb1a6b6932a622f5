"""Quantizers in graph files of older versions."""

from __future__ import annotations

import logging

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
